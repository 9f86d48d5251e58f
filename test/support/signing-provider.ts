/** A hostile provider that signs ID Tokens: each test says what is wrong with the one that it issues. */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { startHostileServer, type HostileServer } from './hostile-server.js';

export interface SigningProvider {
  readonly server: HostileServer;
  readonly key: CryptoKey;
  /** Claims of a good ID Token for the client. */
  goodClaims(clientId: string, nonce: string): JWTPayload;
  sign(claims: JWTPayload, key?: CryptoKey, header?: { alg: string; kid?: string }): Promise<string>;
  /** From now on, the token endpoint answers with this ID Token, or with none. */
  issue(idToken: string | null): void;
}

export async function startSigningProvider(): Promise<SigningProvider> {
  const server = await startHostileServer();
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  server.answerJson('/jwks', { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] });
  const now = Math.floor(Date.now() / 1000); // the library that checks the claims asks the wall clock
  return {
    server,
    key: privateKey,
    goodClaims: (clientId, nonce) => ({
      iss: server.origin,
      sub: 'anna',
      aud: clientId,
      exp: now + 600,
      iat: now,
      nonce,
    }),
    sign: (claims, key = privateKey, header = { alg: 'ES256', kid: 'k1' }) =>
      new SignJWT(claims).setProtectedHeader(header).sign(key),
    issue: (idToken) =>
      server.answerJson('/token', {
        access_token: 'at',
        token_type: 'Bearer',
        ...(idToken === null ? {} : { id_token: idToken }),
      }),
  };
}
