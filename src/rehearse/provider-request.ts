/** A request as the rehearsed provider sees it, at the provider's own address, and the answer that it gives. Read by every
 *  endpoint of this room. */
import type { IncomingHttpHeaders } from 'node:http';

export type CallName =
  'authorize' | 'discovery' | 'keys' | 'token' | 'refresh' | 'exchange' | 'revoke' | 'nonce' | 'me' | 'api';

export interface ProviderRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ProviderAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface GivenParameters {
  readonly parameters: URLSearchParams;
  readonly faults: readonly string[];
}

/** The parameters of a request, from where the definition puts them; with what is wrong with the place. `address` may have a
 *  query of its own. */
export function readParameters(
  request: ProviderRequest,
  from: 'form' | 'json' | 'query',
  address: string | null = null,
): GivenParameters {
  const faults: string[] = [];
  const own = address === null ? '' : new URL(address).search;
  if (from !== 'query' && request.url.search !== own) faults.push('parameters stand in the address');
  if (from === 'query' && request.body !== '')
    faults.push('there is a body, and the parameters belong into the address');
  const parameters = from === 'query' ? request.url.searchParams : readBody(request, from, faults);
  const names = [...parameters.keys()];
  const doubled = names.filter((name, index) => names.indexOf(name) !== index);
  if (doubled.length > 0) faults.push(`${doubled.join(', ')} is sent twice`);
  return { parameters, faults };
}

const TYPES = { form: 'application/x-www-form-urlencoded', json: 'application/json' } as const;

function readBody({ headers, body }: ProviderRequest, kind: 'form' | 'json', faults: string[]): URLSearchParams {
  const type = headers['content-type']?.split(';')[0]?.trim() ?? 'nothing';
  if (type !== TYPES[kind]) faults.push(`the body is said to be ${type}, not ${TYPES[kind]}`);
  if (kind === 'form') return new URLSearchParams(body);
  const members = readMembers(body);
  if (members === null) faults.push('the body is no JSON object');
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(members ?? {})) parameters.append(name, String(value));
  return parameters;
}

function readMembers(body: string): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(body);
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
