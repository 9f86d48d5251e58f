/** What a provider's definition says about its endpoints, in the shape of a discovery document. Pure; called by
 *  discovery.ts. */
import type { AuthorizationServer } from 'oauth4webapi';
import type { Provider } from '../providers/provider.js';

/** Null where the definition does not say enough to do without a discovery document. Of a provider that has none, what is
 *  known: before the callback that may be the authorization endpoint alone. */
export function statedMetadata(provider: Provider): AuthorizationServer | null {
  const { authorize, token } = provider.endpoints;
  if (authorize === undefined || (token === undefined && provider.issuer !== null)) return null;
  // Without an issuer nothing compares with it; the library wants one to stand there.
  return { issuer: provider.issuer ?? new URL(authorize).origin, ...statedEndpoints(provider) };
}

/** Those that the definition states. */
export function statedEndpoints({ endpoints }: Provider): Partial<AuthorizationServer> {
  const { authorize, token, revoke, userinfo, jwks } = endpoints;
  const stated = {
    authorization_endpoint: authorize,
    token_endpoint: token,
    revocation_endpoint: revoke,
    userinfo_endpoint: userinfo,
    jwks_uri: jwks,
  };
  return Object.fromEntries(Object.entries(stated).filter(([, url]) => url !== undefined));
}
