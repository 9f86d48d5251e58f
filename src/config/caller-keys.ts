/** Which JWS algorithms suit which key, and whether a key is strong enough for them. Called by read-callers.ts.
 *  Must never: let an algorithm of shared secrets (HS256) stand beside a public key. A verifier that allows both takes
 *  the published key for the secret, and then everybody can sign (RFC 8725 §2.1, §3.2). */
import { createPublicKey, type KeyObject } from 'node:crypto';

/** RFC 7518 §3.2: the secret is at least as long as the hash. */
export const minSecretBytes: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };

const rsaAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const algorithmOfCurve: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};
const edwardsAlgorithms = ['EdDSA', 'Ed25519'];
const minRsaBits = 2048;

/** All that may be named for keys that the issuer publishes. */
export const publicAlgorithms: readonly string[] = [
  ...rsaAlgorithms,
  ...Object.values(algorithmOfCurve),
  ...edwardsAlgorithms,
];

export const defaultPublicAlgorithms: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];

export interface PublicKey {
  /** SubjectPublicKeyInfo, whatever form it was given in. */
  readonly pem: string;
  /** What it can verify; the first is the usual one. Never empty. */
  readonly algorithms: readonly [string, ...string[]];
}

/** The key, or what is wrong with it as the end of a sentence. */
export function readPublicKey(text: string): PublicKey | { readonly fault: string } {
  if (text.includes('PRIVATE KEY')) return { fault: 'is a private key, which belongs to the issuer alone' };
  const key = parseKey(text);
  if (key === null) return { fault: 'is not a public key or certificate in PEM' };
  const [usual, ...others] = algorithmsOf(key);
  if (usual === undefined) return { fault: `is not RSA of ${minRsaBits} bits or more, P-256, P-384, P-521 or Ed25519` };
  return { pem: key.export({ type: 'spki', format: 'pem' }).toString(), algorithms: [usual, ...others] };
}

function parseKey(text: string): KeyObject | null {
  try {
    return createPublicKey(text.replaceAll(String.raw`\n`, '\n')); // how a PEM survives in an env file
  } catch {
    return null; // the library's own sentence tells an operator nothing
  }
}

function algorithmsOf(key: KeyObject): readonly string[] {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const curveAlgorithm = algorithmOfCurve[namedCurve];
  if (key.asymmetricKeyType === 'rsa') return modulusLength >= minRsaBits ? rsaAlgorithms : [];
  if (key.asymmetricKeyType === 'ec') return curveAlgorithm === undefined ? [] : [curveAlgorithm];
  return key.asymmetricKeyType === 'ed25519' ? edwardsAlgorithms : [];
}
