/** How Latchkey proves which client it is (RFC 6749 §2.3, OpenID Connect Core §9, RFC 7523). Called by every request to
 *  a provider's own endpoints. The secret goes into a header or the body, never into a URL (RFC 6749 §2.3.1). */
import { importPKCS8 } from 'jose';
import { ClientSecretBasic, ClientSecretPost, None, PrivateKeyJwt, type Client, type ClientAuth } from 'oauth4webapi';
import type { Provider } from '../providers/provider.js';

export function clientOf(provider: Provider): Client {
  return { client_id: provider.client.id };
}

type Way = Provider['client']['authentication'];

/** Another way to send the secret than the client's own, where a provider's endpoint wants that. */
export function authenticateClientBy(way: Way | null, provider: Provider): Promise<ClientAuth> {
  const { client } = provider;
  if (way === null || way === 'private_key_jwt' || client.authentication === 'private_key_jwt') {
    return authenticateClient(provider);
  }
  if (way === 'none' || client.authentication === 'none') return Promise.resolve(None());
  return authenticateClient({ ...provider, client: { ...client, authentication: way } });
}

/** The library's assertions are addressed to the issuer alone (`aud` is one string), carry a new jti, and live for a
 *  minute: security of the audience-injection kind (draft-ietf-oauth-security-topics-update) hangs on that. */
export async function authenticateClient({ client }: Provider): Promise<ClientAuth> {
  switch (client.authentication) {
    case 'client_secret_basic':
      return ClientSecretBasic(client.secret.expose());
    case 'client_secret_post':
      return ClientSecretPost(client.secret.expose());
    case 'private_key_jwt': {
      const key = await importPKCS8(client.privateKeyPem.expose(), client.algorithm);
      return PrivateKeyJwt(client.keyId === null ? { key } : { key, kid: client.keyId });
    }
    case 'none':
      return None();
    default:
      return client satisfies never;
  }
}
