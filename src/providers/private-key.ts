/** Whether a PEM text is a private key that can sign with an algorithm of JWS (RFC 7518 §3.1). Called at start by
 *  read-client.ts, so that a wrong key is a fault of the configuration and not of the first user's connection. */
import { createPrivateKey, type KeyObject } from 'node:crypto';

const CURVES: Readonly<Record<string, string>> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' };
/** RFC 7518 §3.3. */
const MIN_RSA_BITS = 2048;

export function isPrivateKeyFor(algorithm: string, pem: string): boolean {
  const key = parse(pem);
  if (key === null) return false;
  if (algorithm === 'EdDSA') return key.asymmetricKeyType === 'ed25519';
  const curve = CURVES[algorithm];
  if (curve !== undefined) return key.asymmetricKeyDetails?.namedCurve === curve;
  return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
}

/** PKCS #8 alone: the older forms are not read by the code that signs. */
function parse(pem: string): KeyObject | null {
  if (!pem.includes('-----BEGIN PRIVATE KEY-----')) return null;
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
