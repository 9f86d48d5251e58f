/** Latchkey's registration at a provider that is only rehearsed: made up, of the kind that the definition wants. Called by
 *  rehearsed-provider.ts; the server of this room checks requests against it. */
import { randomBytes } from 'node:crypto';
import { exportPKCS8, generateKeyPair, type CryptoKey } from 'jose';

/** Of the gateway that is rehearsed. Nobody answers there: no browser is sent to it. */
export const publicUrl = 'https://latchkey.example';

export interface Registration {
  readonly clientId: string;
  /** Where browsers are sent back to. */
  readonly redirectUri: string;
  readonly clientSecret: string;
  readonly privateKeyPem: string | null;
  readonly publicKey: CryptoKey | null;
}

/** `algorithm` is that of the client's key; null for a client without one. */
export async function makeRegistration(providerId: string, algorithm: string | null): Promise<Registration> {
  const pair = algorithm === null ? null : await generateKeyPair(algorithm, { extractable: true });
  return {
    clientId: 'rehearsal-client',
    redirectUri: `${publicUrl}/oauth/callback/${providerId}`,
    // Characters that a form and HTTP basic have to encode, as those of some providers have.
    clientSecret: `rehearsed/+:~${randomBytes(16).toString('hex')}`,
    privateKeyPem: pair && (await exportPKCS8(pair.privateKey)),
    publicKey: pair?.publicKey ?? null,
  };
}
