/** Which of a provider's headers reach the caller. Pure; called for each answer.
 *  Must never: pass on what acts on our origin, on the browser for longer than this answer, or on the server that stands
 *  before us. */
import { namesIn } from './api-request-headers.js';

type Headers = Readonly<Record<string, string | readonly string[]>>;

const CONNECTION =
  /^(connection|proxy-.*|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|alt-svc|alternate-protocol|via)$/;
/** What a browser keeps for an origin, or lets pages of other origins do. */
const ORIGIN =
  /^(set-cookie2?|set-login|clear-site-data|strict-transport-security|public-key-pins.*|expect-ct|access-control-.*|timing-allow-origin|cross-origin-.*|origin-agent-cluster|service-worker-allowed|accept-ch.*|critical-ch|origin-trial|nel|report-to|reporting-endpoints|activate-storage-access|supports-loading-mode|speculation-rules|attribution-reporting-.*|observe-browsing-topics|sec-.*)$/;
/** How a browser shows an answer: ours say that, and strictly. */
const DOCUMENT =
  /^(content-security-policy.*|permissions-policy.*|feature-policy|document-policy.*|referrer-policy|x-frame-options|x-content-type-options|x-xss-protection|x-dns-prefetch-control|x-permitted-cross-domain-policies|refresh|sourcemap|x-sourcemap|p3p)$/;
/** Nothing between us and the caller may keep what one user got, or take orders from a provider. */
const BETWEEN =
  /^(cache-control|cdn-.*|surrogate-.*|expires|pragma|age|x-accel-.*|x-sendfile.*|x-lighttpd-.*|x-reproxy-.*|x-varnish.*|latchkey-.*|x-request-id)$/;

export interface AnswerPlace {
  /** What was asked, for addresses that are relative to it. */
  readonly url: string;
  /** Texts that no header may hold. */
  readonly secrets: readonly string[];
}

export function apiAnswerHeaders(given: Headers, { url, secrets }: AnswerPlace): Record<string, string | string[]> {
  const named = namesIn(given['connection']);
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(given)) {
    if (named.has(name) || isDropped(name)) continue;
    const values = [value].flat().map((one) => (isBytes(name, given) ? one : toBytes(one)));
    if (values.some((one) => secrets.some((secret) => one.includes(secret)))) continue;
    if (name === 'www-authenticate' && !values.every(isForTokens)) continue;
    const read = name === 'location' || name === 'content-location' ? values.map((one) => absolute(one, url)) : values;
    passed[name] = read.length === 1 ? (read[0] ?? '') : read;
  }
  return passed;
}

function isDropped(name: string): boolean {
  return CONNECTION.test(name) || ORIGIN.test(name) || DOCUMENT.test(name) || BETWEEN.test(name);
}

/** At any other scheme a browser asks for a password, in our name. */
function isForTokens(challenge: string): boolean {
  return /^(bearer|dpop)\b/i.test(challenge);
}

/** A provider's own relative address would be one of ours here. */
function absolute(address: string, url: string): string {
  if (URL.canParse(address)) return address;
  return URL.canParse(address, url) ? new URL(address, url).href : address;
}

/** Latin-1 is how Node.js writes bytes. undici has read them as UTF-8, but for this one header, where a length stands
 *  beside it. */
function toBytes(value: string): string {
  return /[^\t\x20-\x7e]/.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
}

function isBytes(name: string, given: Headers): boolean {
  return name === 'content-disposition' && given['content-length'] !== undefined;
}
