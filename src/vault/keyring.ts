/** The keys of the vault: one seals, all open, and one more makes fingerprints. Called by app.ts, the command line, and
 *  in this room by seal and token-store. docs/keys.md describes the text it is read from.
 *  Must never: hand out a key of the ring itself (only keys derived from it), or print one. */
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { Checked } from '../config/fault.js';
import type { Secret } from '../secret.js';
import { readKeyringText, writeKeyringText, type KeyringText } from './keyring-text.js';
import { encodeLengthPrefixed, encodeUtf8 } from './length-prefixed.js';
import { newKey, newKeyBytes } from './new-key.js';

export interface Keyring {
  /** The key that seals what is written from now on. */
  readonly sealingKid: string;
  /** All keys that open, the sealing one among them. */
  readonly kids: readonly string[];
  /** Whether the keyring was made for development; production refuses it. */
  readonly isDevelopment: boolean;
  /** 32 bytes for one purpose, HKDF-SHA-256 (RFC 5869) from the key `kid`. Lists of `info` that differ give keys that
   *  have nothing to do with each other. Throws for a kid that is not in `kids`. */
  deriveKey(kid: string, info: readonly string[]): Uint8Array;
  /** 32 bytes for one purpose from a key that stays when those that seal are rotated; otherwise as deriveKey. */
  deriveLastingKey(info: readonly string[]): Uint8Array;
  /** Tells whether two secrets are the same without keeping either: HMAC-SHA-256 as base64url. Its key is not one of
   *  those that seal, so that a fingerprint stays the same when those are rotated. */
  fingerprint(secret: Secret): string;
  /** Takes up what the keyring has become where it is kept, if that changed. Never rejects; see live-keyring. A keyring
   *  that was read once, from a text, stays as it is. */
  keepUp(): Promise<void>;
}

/** Reads a keyring, or says every fault in it. No fault repeats a value. */
export function parseKeyring(text: Secret): Checked<Keyring> {
  const read = readKeyringText(text);
  return 'faults' in read ? read : { value: createKeyring(read.value) };
}

export interface NewKeyring {
  /** Marks the keyring, so that production refuses it. */
  readonly development: boolean;
  readonly clock: Clock;
  readonly random?: (bytes: number) => Uint8Array;
}

/** The text of a keyring with one new key. It holds keys: write it to a file of mode 0600 and nowhere else. */
export function newKeyringText({ development, clock, random = randomBytes }: NewKeyring): string {
  const key = newKey({ clock, random });
  return writeKeyringText({
    ...(development ? { development } : {}),
    sealWith: key.kid,
    keys: [key],
    fingerprintKey: newKeyBytes(random),
  });
}

function createKeyring(text: KeyringText): Keyring {
  const keys = new Map(text.keys.map(({ kid, key }) => [kid, Buffer.from(key, 'base64url')]));
  const fingerprintKey = Buffer.from(text.fingerprintKey, 'base64url');

  return Object.freeze({
    sealingKid: text.sealWith,
    kids: Object.freeze([...keys.keys()]),
    isDevelopment: text.development === true,
    deriveKey(kid: string, info: readonly string[]) {
      const key = keys.get(kid);
      if (!key) throw new Error(`The keyring holds no key "${kid}".`);
      return derive(key, info);
    },
    // HKDF takes it as key material, a fingerprint as the key of an HMAC: neither gives a value of the other.
    deriveLastingKey: (info: readonly string[]) => derive(fingerprintKey, info),
    fingerprint: (secret: Secret) =>
      createHmac('sha256', fingerprintKey).update(encodeUtf8(secret.expose())).digest('base64url'),
    keepUp: () => Promise.resolve(),
  });
}

function derive(key: Uint8Array, info: readonly string[]): Uint8Array {
  // Hashed, because Node takes at most 1024 bytes of info and the length of a user id is not ours to bound.
  const context = createHash('sha256')
    .update(encodeLengthPrefixed(['latchkey/1', ...info]))
    .digest();
  return new Uint8Array(hkdfSync('sha256', key, '', context, 32));
}
