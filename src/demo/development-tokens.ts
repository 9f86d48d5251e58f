/** The three development tokens: JWTs for a user, another user and an admin, signed by the folder's own key, which the
 *  gateway verifies as it would verify any issuer's. Called by start.ts; fresh at each start. */
import { SignJWT, exportSPKI, importJWK } from 'jose';
import type { Clock } from '../clock.js';
import type { SigningKey } from './development-folder.js';

/** What the gateway is told to expect. */
export const developmentIssuer = 'https://development.latchkey.invalid';
export const developmentAudience = 'latchkey';

export const developmentCallers = {
  user: { id: 'user-1', roles: ['user'] },
  otherUser: { id: 'user-2', roles: ['user'] },
  admin: { id: 'admin-1', roles: ['user', 'admin'] },
} as const;

export interface DevelopmentTokens {
  readonly user: string;
  readonly otherUser: string;
  readonly admin: string;
}

const lifetimeSeconds = 12 * 3600;

export async function signDevelopmentTokens(signingKey: SigningKey, clock: Clock): Promise<DevelopmentTokens> {
  const key = await importJWK(signingKey, 'ES256');
  const issuedAt = Math.floor(clock.now() / 1000);
  const sign = ({ id, roles }: { readonly id: string; readonly roles: readonly string[] }): Promise<string> =>
    new SignJWT({ roles })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .setIssuer(developmentIssuer)
      .setAudience(developmentAudience)
      .setSubject(id)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + lifetimeSeconds)
      .sign(key);
  const [user, otherUser, admin] = await Promise.all([
    sign(developmentCallers.user),
    sign(developmentCallers.otherUser),
    sign(developmentCallers.admin),
  ]);
  return { user, otherUser, admin };
}

/** The public half, as SPKI in PEM. */
export async function publicKeyPem({ kty, crv, x, y }: SigningKey): Promise<string> {
  const key = await importJWK({ kty, crv, x, y, ext: true }, 'ES256', { extractable: true });
  if (key instanceof Uint8Array) throw new TypeError('An ES256 key was expected.');
  return exportSPKI(key);
}
