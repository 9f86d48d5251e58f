/** Fills the placeholders of an address, {subdomain}, with values of one account: what its user gave, or what the callback
 *  or the token answer said. Pure; called by fill-provider.ts and, for the form of a template, by check-templates.ts.
 *  Must never: let a value choose where the client's secret or a token goes. A host that a value has a part in must end as
 *  the template does, in two labels or more, or be one that the definition lists; no value can leave the place it fills. */

/** Where hosts that a value chooses may be. */
export interface HostRule {
  /** A whole host, or a suffix that begins with a dot and needs a name before it. */
  readonly hosts: readonly string[];
  readonly network: 'public' | 'loopback';
}

const PLACEHOLDER = /\{([a-z][A-Za-z0-9]{0,63})\}/g;
/** Scheme and host of a template: all before the path, or a placeholder that stands for both. */
const ORIGIN = /^(?:\{[a-z][A-Za-z0-9]{0,63}\}|https?:\/\/[^/?#]*)/;

export function placeholdersOf(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}

export type WriteValue = (value: string) => string | null;

/** A text with its placeholders written; null where a value is missing or cannot be written. */
export function fillText(text: string, values: Readonly<Record<string, string>>, write: WriteValue): string | null {
  let isWhole = true;
  const filled = text.replace(PLACEHOLDER, (_whole, name: string) => {
    const value = Object.hasOwn(values, name) ? write(values[name] ?? '') : null;
    isWhole &&= value !== null;
    return value ?? '';
  });
  return isWhole ? filled : null;
}

/** Whether a value has a part in where the address leads. */
export function hasOpenHost(template: string): boolean {
  return placeholdersOf(originOf(template)).length > 0;
}

/** The end of the host that no value reaches, `.example.com`; null where it is no rule: fewer than two labels, or numbers. */
export function fixedSuffixOf(template: string): string | null {
  const afterLast = /\}([^{}]*)$/.exec(originOf(template))?.[1] ?? '';
  const suffix = /(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+\.[a-z][a-z0-9-]*[a-z0-9](?=:\d+$|$)/i.exec(afterLast)?.[0];
  return suffix?.toLowerCase() ?? null;
}

/** The address; null where a value is missing or is not of the form that its place needs, or where it would lead to a host
 *  that no rule covers. */
export function fillAddress(
  template: string,
  values: Readonly<Record<string, string>>,
  { hosts, network }: HostRule,
): string | null {
  if (placeholdersOf(template).length === 0) return template;
  const origin = originOf(template);
  const filledOrigin = fillText(origin, values, origin.startsWith('{') ? asOrigin : asHostPart);
  const filledRest = fillText(template.slice(origin.length), values, asPathPart);
  if (filledOrigin === null || filledRest === null) return null;
  const address = filledOrigin + filledRest;
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  const isSecure = url.protocol === 'https:' || (url.protocol === 'http:' && network === 'loopback');
  if (!isSecure || url.username !== '' || url.password !== '' || url.hash !== '') return null;
  if (!hasOpenHost(template)) return address;
  // One host has one spelling: 0x7f.1 is none, though it means 127.0.0.1.
  if (url.origin !== filledOrigin.toLowerCase().replace(/^(https:.*):443$/, '$1')) return null;
  const suffix = fixedSuffixOf(template);
  const rules = suffix === null ? hosts : [suffix];
  return rules.some((rule) => fitsHost(rule, url, portOf(origin))) ? address : null;
}

function originOf(template: string): string {
  return ORIGIN.exec(template)?.[0] ?? '';
}

/** One or more labels of a host (RFC 1123 §2.1); never a port. */
const asHostPart: WriteValue = (value) =>
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(value) ? value : null;

const asOrigin: WriteValue = (value) => {
  const origin = URL.canParse(value) ? new URL(value).origin : 'null';
  return origin !== 'null' && value.replace(/\/$/, '').toLowerCase() === origin ? origin : null;
};

/** A dot segment would climb (RFC 3986 §3.3), also where somebody decodes it first. */
const asPathPart: WriteValue = (value) =>
  value.length > 0 && value.length <= 200 && !/^\.*$/.test(value) && !/[/\\%]|\p{Cc}|\p{Cs}/u.test(value)
    ? encodeURIComponent(value)
    : null;

/** The template's own port; none of a value's. */
function portOf(origin: string): string {
  const port = /:(\d+)$/.exec(origin)?.[1] ?? '';
  return port === '443' ? '' : port;
}

function fitsHost(rule: string, { hostname, host, port }: URL, ownPort: string): boolean {
  if (rule.startsWith('.')) return port === ownPort && hostname.endsWith(rule) && hostname.length > rule.length;
  return host === rule || (port === ownPort && hostname === rule);
}
