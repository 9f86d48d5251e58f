/** Which of a caller's headers go on to a provider, and what is added. Pure; called for each request that is sent.
 *  Must never: pass on who the caller is to us (their JWT, their cookies, their address), nor a header that makes the
 *  provider read another method or path than the one that was checked. */
import type { ProviderApi } from '../providers/provider.js';
import type { Secret } from '../secret.js';

export type GivenHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** RFC 9110 §7.6.1 and what else belongs to one connection; framing is outbound's. */
const CONNECTION =
  /^(connection|proxy-.*|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|host|content-length|expect)$/;
/** Who asks, and from where. */
const IDENTITY =
  /^(authorization|cookie2?|forwarded|x-forwarded.*|via|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|client-ip|cf-.*|fastly-.*|x-request-id|origin|referer|sec-.*|user-agent|latchkey-.*|dpop|early-data)$/;
/** Another method or path in the place of the checked one. */
const OVERRIDES = /^(x-http-method.*|x-method-override|x-original-.*|x-rewrite-url)$/;

export function apiRequestHeaders(
  given: GivenHeaders,
  { api, accessToken }: { readonly api: ProviderApi; readonly accessToken: Secret },
): Record<string, string> {
  const named = namesIn(given['connection']);
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || named.has(name) || isKept(name)) continue;
    passed[name] = typeof value === 'string' ? value : value.join(', ');
  }
  if (api.echoesToken) {
    // A token in two parts, or packed, would not be found in the answer.
    for (const name of ['range', 'if-range', 'accept-encoding']) delete passed[name];
  }
  if ('query' in api.token) return { ...passed, ...api.headers };
  const { header, scheme } = api.token;
  const token = accessToken.expose();
  return { ...passed, ...api.headers, [header]: scheme === null ? token : `${scheme} ${token}` };
}

/** The names that a Connection header lists. */
export function namesIn(connection: string | readonly string[] | undefined): ReadonlySet<string> {
  const text = typeof connection === 'string' ? connection : (connection ?? []).join(',');
  return new Set(text.split(',').map((name) => name.trim().toLowerCase()));
}

/** Many servers take an underscore for a dash. */
function isKept(name: string): boolean {
  const spelt = name.toLowerCase().replaceAll('_', '-');
  return CONNECTION.test(spelt) || IDENTITY.test(spelt) || OVERRIDES.test(spelt);
}
