/** How oidc-provider behaves as the demo provider: as strict as a careful provider of 2026 is. PKCE with S256 for every
 *  client (RFC 9700 §2.1.1), `iss` in every callback (RFC 9207), refresh tokens that are replaced at each use and whose
 *  replay ends the grant (RFC 9700 §4.14.2), access tokens of ten minutes, revocation (RFC 7009).
 *  Called by the demo server once, at start. */
import type { AdapterFactory, Configuration, JWKS } from 'oidc-provider';
import { pageHeaders, renderPage } from './pages/page-frame.js';
import { problemPage } from './pages/plain-pages.js';
import { claimsOf, findPerson } from './people.js';

/** The one client of the demo provider: Latchkey. */
export interface DemoClient {
  readonly id: string;
  readonly secret: string;
  readonly name: string;
  /** Compared byte for byte. */
  readonly redirectUris: readonly string[];
}

export interface DemoKeys {
  /** The first signs cookies, all verify them. */
  readonly cookieKeys: readonly string[];
  readonly jwks: JWKS;
}

/** Seconds. */
const minutes = 60;
const days = 86_400;

export function configureProvider(parts: {
  issuer: string;
  client: DemoClient;
  keys: DemoKeys;
  adapter: AdapterFactory;
}): Configuration {
  const { issuer, client, keys, adapter } = parts;
  return {
    adapter,
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        client_name: client.name,
        redirect_uris: [...client.redirectUris],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    clientBasedCORS: () => false,
    responseTypes: ['code'],
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'picture'],
      email: ['email', 'email_verified'],
    },
    findAccount: (_ctx, id) => {
      const person = findPerson(id);
      return person ? { accountId: person.id, claims: () => claimsOf(person, issuer) } : undefined;
    },
    jwks: keys.jwks,
    cookies: {
      keys: [...keys.cookieKeys],
      // Names of its own: cookies do not tell ports apart, and the gateway is on this host too.
      names: { session: 'demo_session', interaction: 'demo_interaction', resume: 'demo_resume' },
      long: { httpOnly: true, sameSite: 'lax', signed: true, overwrite: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true, overwrite: true },
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 10 * minutes,
      AuthorizationCode: minutes,
      IdToken: 10 * minutes,
      Interaction: 60 * minutes,
      RefreshToken: 30 * days,
      Session: 14 * days,
      Grant: 365 * days,
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_ctx, caller, token) => caller.clientId === token.clientId },
      rpInitiatedLogout: { enabled: false },
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    renderError: (ctx, out) => {
      ctx.set(pageHeaders());
      ctx.body = renderPage(
        problemPage({
          what: `${out.error_description ?? 'The request was not understood.'} (${out.error})`,
          mend: 'Go back to the app and start the connection again.',
        }),
      );
    },
  };
}
