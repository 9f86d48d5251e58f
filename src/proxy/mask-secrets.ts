/** Masks secrets in bytes that flow: each byte of one becomes an asterisk, so that an answer stays as long as it said. Called
 *  for answers of providers that tell tokens back. A secret that is split over pieces is found: of each piece no more is
 *  held back than could be the beginning of one. */
import { Transform } from 'node:stream';

const ASTERISK = 0x2a;

/** `secrets` in every spelling that is looked for; none is empty. */
export function createMask(secrets: readonly string[]): Transform {
  const needles = toNeedles(secrets);
  let held: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = Buffer.concat([held, chunk]);
      // A secret that is the beginning of a longer one is left until it is known which of the two it is.
      const end = bytes.length - longestBeginning(bytes, needles);
      mask(bytes, needles, end);
      held = bytes.subarray(end);
      done(null, bytes.subarray(0, end));
    },
    flush(done) {
      done(null, mask(held, needles, held.length));
    },
  });
}

/** The same for bytes that are here whole. */
export function maskBytes(bytes: Uint8Array, secrets: readonly string[]): Buffer {
  return mask(Buffer.from(bytes), toNeedles(secrets), bytes.byteLength);
}

/** The longest first, so that one that holds another is masked whole. */
function toNeedles(secrets: readonly string[]): Buffer[] {
  return secrets.map((secret) => Buffer.from(secret, 'utf8')).toSorted((a, b) => b.length - a.length);
}

/** What begins before `end`. Changes the bytes that it is given. */
function mask(bytes: Buffer, needles: readonly Buffer[], end: number): Buffer {
  for (const needle of needles) {
    for (let at = bytes.indexOf(needle); at >= 0 && at < end; at = bytes.indexOf(needle, at + needle.length)) {
      bytes.fill(ASTERISK, at, at + needle.length);
    }
  }
  return bytes;
}

/** How many bytes at the end could be the beginning of a secret. */
function longestBeginning(bytes: Buffer, needles: readonly Buffer[]): number {
  return Math.max(0, ...needles.map((needle) => beginningOf(needle, bytes)));
}

function beginningOf(needle: Buffer, bytes: Buffer): number {
  const first = needle[0] ?? 0;
  const earliest = Math.max(0, bytes.length - needle.length + 1);
  for (let at = bytes.indexOf(first, earliest); at >= 0; at = bytes.indexOf(first, at + 1)) {
    const length = bytes.length - at;
    if (bytes.compare(needle, 0, length, at) === 0) return length;
  }
  return 0;
}
