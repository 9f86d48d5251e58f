/** The discovery document of a rehearsed provider that has an issuer (OpenID Discovery §4), and the keys of its ID Tokens.
 *  Called by scripted-server.ts. */
import type { Provider } from '../providers/provider.js';
import { json } from './dialect-answers.js';
import { isSameAddress, type Addresses, type Checked, type Endpoint, type Scene } from './endpoint.js';

/** What a definition does not state lies below its issuer. */
export function addressesOf({ issuer, endpoints, me }: Provider): Addresses {
  const below = (path: string): string | null => (issuer === null ? null : `${issuer.replace(/\/$/, '')}/${path}`);
  const stated = me?.url ?? (me?.endpoint ? endpoints[me.endpoint] : null);
  return {
    discovery: below('.well-known/openid-configuration'),
    keys: endpoints.jwks ?? below('rehearsal/keys'),
    authorize: endpoints.authorize ?? below('rehearsal/authorize'),
    token: endpoints.token ?? below('rehearsal/token'),
    refresh: endpoints.refresh ?? null,
    revoke: endpoints.revoke ?? below('rehearsal/revoke'),
    nonce: endpoints.nonce ?? null,
    me: stated ?? endpoints.userinfo ?? below('rehearsal/userinfo'),
  };
}

export function createDiscoveryEndpoint({ provider, addresses, signingKey }: Scene): Endpoint {
  return {
    call: 'discovery',
    isAt: (url) => isSameAddress(addresses.discovery, url),
    check: nothingToCheck,
    answer: async () =>
      json(200, {
        issuer: provider.issuer,
        authorization_endpoint: addresses.authorize,
        token_endpoint: addresses.token,
        revocation_endpoint: addresses.revoke,
        userinfo_endpoint: addresses.me,
        jwks_uri: addresses.keys,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
        id_token_signing_alg_values_supported: signingKey ? [signingKey.algorithm] : [],
      }),
  };
}

export function createKeysEndpoint({ addresses, signingKey }: Scene): Endpoint {
  return {
    call: 'keys',
    isAt: (url) => isSameAddress(addresses.keys, url),
    check: nothingToCheck,
    answer: async () => json(200, signingKey?.keySet ?? { keys: [] }),
  };
}

const nothingToCheck = async (): Promise<Checked> => ({ standard: new Map(), faults: [] });
