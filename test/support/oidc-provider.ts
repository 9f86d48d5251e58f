/** A real OAuth 2.0 / OpenID provider (oidc-provider) on 127.0.0.1 for tests, with a person who signs in and consents.
 *  PKCE is demanded, `iss` is sent, refresh tokens are single use unless `rotate: false`, and replaying one ends the grant.
 *      const oidc = await startOidcProvider();
 *      const callbackUrl = await oidc.approve(authorizationUrl, { login: 'anna' });  */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import { Provider as OidcServer, type ClientMetadata, type Configuration } from 'oidc-provider';
import { barePolicy } from '../../src/providers/bare-policy.js';
import { plainSpeech } from '../../src/providers/plain-speech.js';
import type { Provider, ProviderClient } from '../../src/providers/provider.js';
import { Secret } from '../../src/secret.js';
import { createOidcStore, type OidcStore } from './oidc-store.js';
import { createRequestTap, type Hold, type Interference, type SeenRequest } from './request-tap.js';
import { serveInteraction } from './oidc-interaction.js';
import { walkAuthorization, type Person } from './oidc-browser.js';

export interface OidcProviderOptions {
  /** Whether each refresh token is single use; true by default. */
  readonly rotate?: boolean;
  readonly accessTokenSeconds?: number;
  readonly requirePar?: boolean;
  readonly clientAuth?: Exclude<ProviderClient['authentication'], 'signed_secret'>;
  /** Registered from the start; `registerRedirectUri` adds more. */
  readonly redirectUris?: readonly string[];
  /** Replaces parts of oidc-provider's configuration. */
  readonly configuration?: Configuration;
}

export type Endpoint = 'authorization' | 'token' | 'userinfo' | 'revoke' | 'par' | 'jwks' | 'discovery' | 'other';

export interface TestOidcProvider {
  readonly issuer: string;
  /** Latchkey's registration there. */
  readonly client: ProviderClient;
  readonly redirectUri: string;
  /** Requests by endpoint since the start. */
  readonly counts: Readonly<Record<Endpoint, number>>;
  /** What came over the wire, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** testProvider() for this issuer and client. */
  provider(overrides?: Partial<Provider>): Provider;
  registerRedirectUri(uri: string): void;
  /** Signs in and consents (or refuses: `consent: false`) like a browser of its own; returns the final redirect, which
   *  is not followed. */
  approve(authorizationUrl: string, person: Person): Promise<string>;
  /** The next `times` requests to the endpoint get this answer, hang, are reset, or lose their answer. */
  interfere(endpoint: Endpoint, interference: Interference, times?: number): void;
  hold(endpoint: Endpoint): Hold;
  /** The person withdraws: every token and grant of theirs is gone. */
  revokeGrant(login: string): void;
  /** Every access token is refused from now on; refresh tokens live. */
  expireAccessTokens(): void;
  close(): Promise<void>;
}

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  '/auth': 'authorization',
  '/token': 'token',
  '/me': 'userinfo',
  '/token/revocation': 'revoke',
  '/request': 'par',
  '/jwks': 'jwks',
  '/.well-known/openid-configuration': 'discovery',
};
const DEFAULT_REDIRECT_URI = 'http://127.0.0.1:4000/oauth/callback/test';

export async function startOidcProvider(options: OidcProviderOptions = {}): Promise<TestOidcProvider> {
  const server = await listen();
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = createOidcStore();
  const tap = createRequestTap([...Object.values(ENDPOINTS), 'other']);
  const { client, metadata } = await makeClient(options.clientAuth ?? 'client_secret_basic');
  const redirectUris = new Set(options.redirectUris ?? [DEFAULT_REDIRECT_URI]);
  const oidc = new OidcServer(issuer, await configure(options, store, metadata));
  oidc.Client.prototype.redirectUriAllowed = (uri: string) => redirectUris.has(uri);
  oidc.on('server_error', (_ctx, error) => process.emitWarning(error)); // a fault of the test's own set-up
  const handle = oidc.callback();

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? '/', issuer);
    void tap.pass(ENDPOINTS[pathname] ?? 'other', request, response).then((isFree) => {
      if (!isFree) return undefined;
      if (pathname.startsWith('/interaction/')) return serveInteraction(oidc, request, response);
      return handle(request, response);
    });
  });

  const provider = (overrides: Partial<Provider> = {}): Provider => testProvider(issuer, { client, ...overrides });
  return {
    issuer,
    client,
    redirectUri: [...redirectUris][0] ?? DEFAULT_REDIRECT_URI,
    counts: tap.counts as Record<Endpoint, number>,
    requests: tap.seen,
    provider,
    registerRedirectUri: (uri) => void redirectUris.add(uri),
    approve: (authorizationUrl, person) => walkAuthorization(authorizationUrl, issuer, person),
    interfere: (endpoint, interference, times) => tap.interfere(endpoint, interference, times),
    hold: (endpoint) => tap.hold(endpoint),
    revokeGrant: (login) => {
      const models = ['Grant', 'AccessToken', 'RefreshToken', 'AuthorizationCode'];
      store.forget(models, (payload) => payload.accountId === login);
    },
    expireAccessTokens: () => void store.forget(['AccessToken']),
    close: () => stop(server),
  };
}

/** A provider of the catalogue that speaks to `issuer` on loopback. */
export function testProvider(issuer: string, overrides: Partial<Provider> = {}): Provider {
  return {
    id: 'test',
    name: 'Test Provider',
    issuer,
    network: 'loopback',
    apiOrigins: [],
    api: null,
    client: { authentication: 'client_secret_basic', id: CLIENT_ID, secret: Secret.of(CLIENT_SECRET) },
    defaultScopes: ['openid', 'profile', 'email', 'offline_access'],
    allowedScopes: ['openid', 'profile', 'email', 'offline_access'],
    authorizationParameters: { prompt: 'consent' }, // OpenID Connect Core §11: else no refresh token
    resource: null,
    redirectUris: ['http://127.0.0.1:4000/app/callback'],
    parameters: [],
    refreshPolicy: barePolicy('LAZY'),
    documentationUrl: null,
    ...plainSpeech(),
    ...overrides,
  };
}

const CLIENT_ID = 'latchkey client/1'; // a space and a slash: encoded for Basic (RFC 6749 §2.3.1)
const CLIENT_SECRET = 'planted-client-secret:%+&=-0123456789';

async function makeClient(
  authentication: Exclude<ProviderClient['authentication'], 'signed_secret'>,
): Promise<{ client: ProviderClient; metadata: ClientMetadata }> {
  const metadata: ClientMetadata = {
    client_id: CLIENT_ID,
    redirect_uris: [DEFAULT_REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: authentication,
    id_token_signed_response_alg: 'ES256',
  };
  switch (authentication) {
    case 'none':
      return { client: { authentication, id: CLIENT_ID }, metadata };
    case 'private_key_jwt': {
      const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
      const privateKeyPem = Secret.of(await exportPKCS8(privateKey));
      const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'latchkey-1' }] };
      return {
        client: { authentication, id: CLIENT_ID, privateKeyPem, algorithm: 'ES256', keyId: 'latchkey-1' },
        metadata: { ...metadata, jwks },
      };
    }
    case 'client_secret_basic':
    case 'client_secret_post':
      return {
        client: { authentication, id: CLIENT_ID, secret: Secret.of(CLIENT_SECRET) },
        metadata: { ...metadata, client_secret: CLIENT_SECRET },
      };
    default:
      return authentication satisfies never;
  }
}

async function configure(
  options: OidcProviderOptions,
  store: OidcStore,
  client: ClientMetadata,
): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return {
    adapter: store.adapter,
    clients: [client],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'provider-1', alg: 'ES256', use: 'sig' }] },
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name', 'picture'], email: ['email', 'email_verified'] },
    findAccount: (_ctx, login) => ({ accountId: login, claims: () => claimsOf(login) }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    rotateRefreshToken: options.rotate ?? true,
    responseTypes: ['code'],
    renderError: (ctx, out) => {
      ctx.type = 'text';
      ctx.body = `${out.error}: ${out.error_description ?? ''}`;
    },
    cookies: { keys: ['a test has nothing to hide'] },
    ttl: {
      AccessToken: options.accessTokenSeconds ?? 600,
      AuthorizationCode: 60,
      IdToken: 600,
      RefreshToken: 86_400,
      Interaction: 600,
      Session: 600,
      Grant: 86_400,
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: options.requirePar ?? false,
      },
    },
    ...options.configuration,
  };
}

function claimsOf(login: string): { sub: string; [claim: string]: string | boolean } {
  const name = `${login.charAt(0).toUpperCase()}${login.slice(1)} Example`;
  const picture = `https://pictures.example/${encodeURIComponent(login)}.png`;
  return { sub: login, name, email: `${login}@example.com`, email_verified: true, picture };
}

async function listen(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
