/** The key with which a rehearsed OpenID Connect provider signs its ID Tokens. Called by scripted-server.ts.
 *  The times in a token are the system's, which the library that checks them reads. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JsonObject } from '../outbound/strict-json.js';

export interface SigningKey {
  readonly algorithm: string;
  readonly keySet: JsonObject;
  sign(claims: IdClaims): Promise<string>;
}

export interface IdClaims {
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
  readonly nonce: string | null;
}

export async function createSigningKey(): Promise<SigningKey> {
  const algorithm = 'ES256';
  const { publicKey, privateKey } = await generateKeyPair(algorithm);
  const jwk = { ...(await exportJWK(publicKey)), kid: 'rehearsal', alg: algorithm, use: 'sig' };
  return {
    algorithm,
    keySet: { keys: [jwk] },
    sign: ({ issuer, audience, subject, nonce }) =>
      new SignJWT(nonce === null ? {} : { nonce })
        .setProtectedHeader({ alg: algorithm, kid: 'rehearsal' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey),
  };
}
