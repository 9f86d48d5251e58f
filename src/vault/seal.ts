/** Seals one value for one place, and opens it there and nowhere else. Called by every store that keeps a secret.
 *  A sealed value is a compact JWE (RFC 7516 §7.1), direct encryption with A256GCM (RFC 7518 §4.5, §5.3). Its key is
 *  derived for its place, so that a value moved to another row, field, table, user or purpose meets another key.
 *  Must never: tell one failure from another, or let the header of a value choose how it is opened. */
import { compactDecrypt, CompactEncrypt } from 'jose';
import { Secret } from '../secret.js';
import type { Keyring } from './keyring.js';
import { encodeUtf8 } from './length-prefixed.js';

/** Where a sealed value stands. All of it is bound: change one and it does not open. */
export interface SealPlace {
  readonly purpose: 'token-set' | 'pending-authorization' | 'keyring-check' | 'journal';
  readonly table: string;
  readonly field: string;
  readonly rowId: string;
  readonly userId: string;
}

export interface Sealer {
  /** Throws a TypeError for a text that UTF-8 cannot carry. */
  seal(secret: Secret, place: SealPlace): Promise<string>;
  /** Throws OpenFailure, the same whatever failed. */
  open(sealed: string, place: SealPlace): Promise<Secret>;
}

/** The one error of open(). It does not say what failed, and has no cause: who can alter values must learn nothing. */
export class OpenFailure extends Error {
  override readonly name = 'OpenFailure';
  constructor() {
    super('A sealed value did not open: it was altered or moved, or its key is no longer in the keyring.');
  }
}

export function createSealer(keyring: Keyring): Sealer {
  return {
    async seal(secret, place) {
      await keyring.keepUp(); // a key that has been rotated out seals nothing more
      const kid = keyring.sealingKid;
      return new CompactEncrypt(encodeUtf8(secret.expose()))
        .setProtectedHeader(headerOf(kid))
        .encrypt(keyFor(keyring, kid, place));
    },
    async open(sealed, place) {
      const parts = sealed.split('.');
      const kid = await findKid(keyring, parts[0] ?? '');
      const isOurs = kid !== undefined && isOurForm(parts);
      // What is not ours takes the same road with a value that cannot open, so that all failures cost the same.
      const candidate = isOurs ? sealed : decoyOf(encodeHeader(keyring.sealingKid), sealed.length);
      const opened = await decrypt(candidate, () => keyFor(keyring, kid ?? keyring.sealingKid, place));
      if (opened === null || !isOurs) throw new OpenFailure();
      return opened;
    },
  };
}

/** With what every value begins that this key has sealed, and no other value does. */
export function sealedBeginning(kid: string): string {
  return `${encodeHeader(kid)}..`;
}

/** The header is compared, never read: zip, crit, p2c, another alg or a member too many is a header we did not write.
 *  One that is not known may name a key that came into the keyring since; then the keyring is looked at again. */
async function findKid(keyring: Keyring, header: string): Promise<string | undefined> {
  const find = (): string | undefined => keyring.kids.find((kid) => encodeHeader(kid) === header);
  const known = find();
  if (known !== undefined) return known;
  await keyring.keepUp();
  return find();
}

function headerOf(kid: string): { alg: 'dir'; enc: 'A256GCM'; kid: string } {
  return { alg: 'dir', enc: 'A256GCM', kid };
}

function encodeHeader(kid: string): string {
  return Buffer.from(JSON.stringify(headerOf(kid))).toString('base64url');
}

/** As a JWK, so that jose refuses to use the key with any other algorithm. */
function keyFor(keyring: Keyring, kid: string, place: SealPlace): { kty: 'oct'; alg: 'A256GCM'; k: string } {
  const { purpose, table, field, rowId, userId } = place;
  const key = keyring.deriveKey(kid, [purpose, kid, table, field, rowId, userId]);
  return { kty: 'oct', alg: 'A256GCM', k: Buffer.from(key).toString('base64url') };
}

async function decrypt(sealed: string, key: () => ReturnType<typeof keyFor>): Promise<Secret | null> {
  try {
    const { plaintext } = await compactDecrypt(sealed, key(), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return Secret.of(Buffer.from(plaintext).toString('utf8'));
  } catch {
    return null;
  }
}

/** No encrypted key, a 96-bit nonce, a 128-bit tag, and of the several spellings that base64url has for the same bytes
 *  (a part's last character has spare bits) the one that seal() writes. */
function isOurForm([, encryptedKey, nonce, ciphertext, tag, ...more]: readonly string[]): boolean {
  return (
    encryptedKey === '' &&
    nonce?.length === zeroNonce.length &&
    tag?.length === zeroTag.length &&
    more.length === 0 &&
    [nonce, ciphertext ?? '', tag].every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
  );
}

/** In our form, of about that length, and with a tag that is right by one chance in 2^128. */
function decoyOf(header: string, length: number): string {
  const textLength = Math.max(0, length - header.length - zeroNonce.length - zeroTag.length) & ~3;
  return `${header}..${zeroNonce}.${'A'.repeat(textLength)}.${zeroTag}`;
}

const zeroNonce = 'A'.repeat(16);
const zeroTag = 'A'.repeat(22);
