/** Reads the path that a caller asks for below a provider's base, and refuses what could mean another place to anybody on
 *  its way: whoever decodes it once more, splits at a backslash, cuts parameters off or folds characters. Pure; called
 *  before anything is sent. What passes goes out byte for byte.
 *  Must never: mend a path. Two who mend differently read two paths. */
import { fail } from '../errors.js';

export interface ApiPath {
  /** As it was written; empty, or with a slash first. */
  readonly path: string;
  /** As it was written, with its question mark; empty where there is none. */
  readonly query: string;
  /** What the path is to those who decode it not at all, once, twice and so on. The first is `path` itself. */
  readonly readings: readonly string[];
}

/** RFC 3986 §3.3: pchar and the slash. */
const PATH = /^(?:\/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?$/;
/** RFC 3986 §3.4, and what people write there all the same. */
const QUERY = /^(?:\?[\x21\x22\x24-\x7e]*)?$/;
/** Nobody encodes a path more often than that without wanting to hide something. */
const MOST_DECODINGS = 4;

/** Path and query, from the first slash on. Throws BAD_USER_INPUT. */
export function readApiPath(text: string): ApiPath {
  const start = text.indexOf('?');
  const path = start < 0 ? text : text.slice(0, start);
  const query = start < 0 ? '' : text.slice(start);
  if (!PATH.test(path))
    refuse(
      "begins with a slash, and what is not a letter, digit or one of -._~!$&'()*+,;=:@/ is percent-encoded in it",
    );
  if (!QUERY.test(query)) refuse('has a query of visible ASCII characters; all others are percent-encoded');
  if (path.includes('//')) refuse('has no empty segment; a slash that belongs to a name is written %2F');
  const readings = readingsOf(path);
  if (readings.some(isHostile))
    refuse(
      'names a place below the base of the API: no segment is "." or "..", however it is encoded, and none holds a control character or a backslash',
    );
  return { path, query, readings };
}

function refuse(rule: string): never {
  return fail('BAD_USER_INPUT', { field: 'path', why: `The path is refused: it ${rule}.` });
}

function readingsOf(path: string): string[] {
  const readings = [path];
  for (let current = path; ;) {
    const next = decode(current);
    if (next === current) return readings;
    if (readings.length > MOST_DECODINGS) return refuse('is encoded too often');
    readings.push(next);
    current = next;
  }
}

/** As the most forgiving decoder does: what is no encoding stays, and %u002e is one. */
function decode(text: string): string {
  return text
    .replaceAll(/%u([0-9A-Fa-f]{4})/g, (_whole, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'));
}

/** Of bytes that are no UTF-8 the decoder makes U+FFFD: overlong forms of "." and "/" are such (RFC 3629 §10). */
function isHostile(reading: string): boolean {
  return /[\p{Cc}\\\ufffd]/u.test(reading) || [reading, reading.normalize('NFKC')].some(leadsAway);
}

/** `//host` is another host to those who resolve it as a reference (RFC 3986 §4.2). */
function leadsAway(path: string): boolean {
  const [, first, ...others] = path.split(/[/\\]/).map(bare);
  return (
    (first === '' && others.length > 0) || [first, ...others].some((segment) => segment === '.' || segment === '..')
  );
}

/** Some cut off a segment's parameters, and some its spaces. */
function bare(segment: string): string {
  return segment.replace(/;.*$/s, '').replaceAll(/\s/g, '');
}
