/** Turns a request of the specification (RFC 6749 §4.1.3, §6, RFC 7009 §2.1) into the one that a provider takes. Pure;
 *  called where oauth/ hands a request to the outbound door, and for the authorization request. What it puts into the
 *  body stays in the body: nothing moves into an address unless the definition says `body: query`. */
import type { ParameterChanges, RequestChanges } from './dialect.js';

export interface WireRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly form: URLSearchParams;
}

export interface WrittenRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** What goes behind the address; null for nothing. */
  readonly query: URLSearchParams | null;
  readonly body: string | null;
}

/** `values` are parameters that belong to this one request (a signature, an account's id); they stand over all others. */
export function rewriteRequest(
  changes: RequestChanges,
  request: WireRequest,
  values: Readonly<Record<string, string>> = {},
): WrittenRequest {
  const form = changeParameters(changes, request.form);
  for (const [name, value] of Object.entries(values)) form.set(name, value);
  const others = Object.entries(request.headers).filter(([name]) => name.toLowerCase() !== 'content-type');
  const headers = Object.fromEntries(others);
  switch (changes.body) {
    case 'form':
      return { headers: { ...headers, 'content-type': FORM }, query: null, body: form.toString() };
    case 'json': {
      const body = JSON.stringify(Object.fromEntries(form));
      return { headers: { ...headers, 'content-type': 'application/json' }, query: null, body };
    }
    case 'query':
      return { headers, query: form, body: null };
    default:
      return changes.body satisfies never;
  }
}

const FORM = 'application/x-www-form-urlencoded;charset=UTF-8';

/** Removed by our name, renamed, then added: what is added stands over what was there. */
export function changeParameters(changes: ParameterChanges, given: URLSearchParams): URLSearchParams {
  const changed = new URLSearchParams();
  for (const [name, value] of given) {
    if (!changes.remove.includes(name)) changed.append(nameOf(changes, name), value);
  }
  for (const [name, value] of Object.entries(changes.add)) changed.set(name, value);
  return changed;
}

function nameOf({ rename }: ParameterChanges, name: string): string {
  return Object.hasOwn(rename, name) ? (rename[name] ?? name) : name;
}
