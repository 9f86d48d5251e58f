/** How Latchkey proves which client it is (RFC 6749 §2.3, OpenID Connect Core §9, RFC 7523). Called by every request to
 *  a provider's own endpoints. The secret goes into a header or the body, never into a URL (RFC 6749 §2.3.1). */
import { importPKCS8, SignJWT } from 'jose';
import { ClientSecretBasic, ClientSecretPost, None, PrivateKeyJwt, type Client, type ClientAuth } from 'oauth4webapi';
import type { Clock } from '../clock.js';
import type { RevokeDialect } from '../providers/dialect.js';
import type { Provider, ProviderClient } from '../providers/provider.js';

export function clientOf(provider: Provider): Client {
  return { client_id: provider.client.id };
}

/** Another way to send the secret than the client's own, where a provider's endpoint wants that. A key stays with its own. */
export function authenticateClientBy(
  way: RevokeDialect['authentication'],
  provider: Provider,
  clock: Clock,
): Promise<ClientAuth> {
  const { client } = provider;
  if (way === null || 'privateKeyPem' in client) return authenticateClient(provider, clock);
  if (way === 'none' || client.authentication === 'none') return Promise.resolve(None());
  return authenticateClient({ ...provider, client: { ...client, authentication: way } }, clock);
}

/** The library's assertions are addressed to the issuer alone (`aud` is one string), carry a new jti, and live for a
 *  minute: security of the audience-injection kind (draft-ietf-oauth-security-topics-update) hangs on that. */
export async function authenticateClient({ client }: Provider, clock: Clock): Promise<ClientAuth> {
  switch (client.authentication) {
    case 'client_secret_basic':
      return ClientSecretBasic(client.secret.expose());
    case 'client_secret_post':
      return ClientSecretPost(client.secret.expose());
    case 'private_key_jwt': {
      const key = await importPKCS8(client.privateKeyPem.expose(), client.algorithm);
      return PrivateKeyJwt(client.keyId === null ? { key } : { key, kid: client.keyId });
    }
    case 'signed_secret':
      return ClientSecretPost(await signSecret(client, clock));
    case 'none':
      return None();
    default:
      return client satisfies never;
  }
}

type SigningClient = Extract<ProviderClient, { authentication: 'signed_secret' }>;

/** A JWT in the secret's place (RFC 7519 §4.1), signed anew for each request. */
async function signSecret(client: SigningClient, clock: Clock): Promise<string> {
  const { algorithm: alg, keyId, issuer, audience, id, lifetimeSeconds } = client;
  const key = await importPKCS8(client.privateKeyPem.expose(), alg);
  const now = Math.floor(clock.now() / 1000);
  return new SignJWT()
    .setProtectedHeader(keyId === null ? { alg } : { alg, kid: keyId })
    .setIssuer(issuer)
    .setSubject(id)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetimeSeconds)
    .sign(key);
}
