/** Makes the address to which a user's browser is sent (RFC 6749 §4.1.1, RFC 7636, RFC 9700 §2.1.1, RFC 9126). Called by
 *  connect/. Each request has a state, a PKCE verifier and (with openid) a nonce of its own, 256 random bits each;
 *  `plain` is never asked for. How a provider wants the request written is its dialect. */
import { randomBytes } from 'node:crypto';
import { calculatePKCECodeChallenge, pushedAuthorizationRequest, type AuthorizationServer } from 'oauth4webapi';
import type { Clock } from '../clock.js';
import { fail } from '../errors.js';
import { OutboundError, type Outbound, type OutboundAnswer } from '../outbound/outbound.js';
import type { Dialect } from '../providers/dialect.js';
import type { Provider } from '../providers/provider.js';
import { changeParameters } from '../providers/rewrite-request.js';
import { Secret } from '../secret.js';
import { authenticateClient, clientOf } from './client-authentication.js';
import { oneSecret, type ClientSecrets, type Opinion } from './client-secrets.js';
import type { Discovery } from './discovery.js';
import { sendOnce } from './provider-fetch.js';
import { redirectUriFor } from './redirect-uri.js';
import { readJsonObject } from '../outbound/strict-json.js';
import { sortAnswer, sortOutboundError, sortUnreadable } from './token-failure.js';
import { failAs } from './token-fault.js';

const PUSH_TIMEOUT_MS = 10_000;
const PUSH_MAX_BYTES = 64 * 1024;

export interface PreparedAuthorization {
  /** Holds state, nonce and code challenge (or a one-time request_uri): give it to its user alone, never log it. */
  readonly authorizationUrl: string;
  readonly state: Secret;
  readonly codeVerifier: Secret;
  /** Null where openid is not asked for. */
  readonly nonce: Secret | null;
}

export interface AuthorizationToPrepare {
  readonly provider: Provider;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly loginHint: string | null;
}

export interface AuthorizationRequests {
  /** Throws PROVIDER_UNAVAILABLE, PROVIDER_RATE_LIMITED or PROVIDER_MISCONFIGURED; asks the provider only for its
   *  discovery document and, where it demands that, to take the request beforehand. */
  prepare(authorization: AuthorizationToPrepare): Promise<PreparedAuthorization>;
}

export interface AuthorizationRequestParts {
  outbound: Outbound;
  discovery: Discovery;
  clock: Clock;
  clientSecrets?: ClientSecrets;
  random?: (bytes: number) => Uint8Array;
}

export function createAuthorizationRequests(parts: AuthorizationRequestParts): AuthorizationRequests {
  const random = parts.random ?? randomBytes;
  const newValue = (): Secret => Secret.of(Buffer.from(random(32)).toString('base64url'));
  return {
    async prepare(authorization) {
      const { provider, scopes } = authorization;
      const metadata = await parts.discovery.metadata(provider);
      const values = {
        state: newValue(),
        codeVerifier: newValue(),
        nonce: scopes.includes('openid') && provider.issuer !== null ? newValue() : null,
      };
      const parameters = await buildParameters(authorization, values);
      const isPushed = metadata.require_pushed_authorization_requests === true;
      const query = isPushed ? await push(parameters, { ...parts, metadata, provider }) : parameters;
      return { ...values, authorizationUrl: addQuery(metadata, query) };
    },
  };
}

async function buildParameters(
  { provider, redirectUri, scopes, loginHint }: AuthorizationToPrepare,
  { state, codeVerifier, nonce }: Omit<PreparedAuthorization, 'authorizationUrl'>,
): Promise<URLSearchParams> {
  const { dialect } = provider;
  // The operator's extra parameters first: what the protocol sets stands over them.
  const parameters = new URLSearchParams(provider.authorizationParameters);
  parameters.set('response_type', 'code');
  parameters.set('client_id', provider.client.id);
  parameters.set('redirect_uri', redirectUriFor(provider, redirectUri));
  for (const [name, listed] of placeScopes(dialect, scopes)) parameters.set(name, listed.join(dialect.scopeSeparator));
  if (dialect.callback.responseMode !== 'query') parameters.set('response_mode', dialect.callback.responseMode);
  parameters.set('state', state.expose());
  if (dialect.pkce !== 'off') {
    parameters.set('code_challenge', await calculatePKCECodeChallenge(codeVerifier.expose()));
    parameters.set('code_challenge_method', 'S256');
  }
  if (nonce !== null) parameters.set('nonce', nonce.expose());
  if (provider.resource !== null) parameters.set('resource', provider.resource);
  if (loginHint !== null) parameters.set('login_hint', loginHint);
  return changeParameters({ add: {}, ...dialect.authorize }, parameters);
}

/** Each scope under the parameter that it is asked for in; a parameter without one is left out. */
function placeScopes({ scopeParameters }: Dialect, scopes: readonly string[]): [name: string, scopes: string[]][] {
  const elsewhere = Object.entries(scopeParameters);
  const nameOf = (scope: string): string =>
    elsewhere.find(([, listed]) => listed === 'all' || listed.includes(scope))?.[0] ?? 'scope';
  const names = ['scope', ...Object.keys(scopeParameters)];
  const placed = names.map((name): [string, string[]] => [name, scopes.filter((scope) => nameOf(scope) === name)]);
  return placed.filter(([, listed]) => listed.length > 0);
}

interface Push {
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly metadata: AuthorizationServer;
  readonly provider: Provider;
  readonly clientSecrets?: ClientSecrets;
}

/** RFC 9126 §2: the request goes over the back channel, the browser carries a reference that works once. */
async function push(
  parameters: URLSearchParams,
  { outbound, clock, metadata, provider, clientSecrets = oneSecret }: Push,
): Promise<URLSearchParams> {
  const endpoint = metadata.pushed_authorization_request_endpoint;
  if (endpoint === undefined) {
    const why = `The provider "${provider.id}" demands pushed requests and names no address for them.`;
    return fail('PROVIDER_MISCONFIGURED', { provider: provider.id, why });
  }
  const send = async (known: Provider): Promise<OutboundAnswer> => {
    const call = { outbound, provider: known, endpoint, timeoutMs: PUSH_TIMEOUT_MS, maxBytes: PUSH_MAX_BYTES };
    const authentication = await authenticateClient(known, clock);
    return sendOnce(call, (options) =>
      pushedAuthorizationRequest(metadata, clientOf(known), authentication, parameters, options),
    );
  };
  const answer = await clientSecrets
    .use(provider, send, (sent) => opinionOf(sent, clock.now()))
    .catch((error: unknown) => {
      if (error instanceof OutboundError) return failAs(sortOutboundError(error), provider);
      throw error;
    });
  if (answer.status < 200 || answer.status > 299) return failAs(sortAnswer(answer, clock.now()), provider);
  const requestUri = readJsonObject(answer.body)?.['request_uri'];
  if (typeof requestUri !== 'string' || requestUri === '') {
    return failAs(sortUnreadable(answer, 'it has no request_uri'), provider);
  }
  return new URLSearchParams({ client_id: provider.client.id, request_uri: requestUri });
}

function opinionOf(answer: OutboundAnswer, now: number): Opinion {
  if (answer.status >= 200 && answer.status <= 299) return 'ACCEPTED';
  return sortAnswer(answer, now).cause === 'CLIENT_REFUSED' ? 'REFUSED' : 'NOTHING';
}

function addQuery(metadata: AuthorizationServer, query: URLSearchParams): string {
  // Present: server-metadata.ts refuses a document without one.
  const url = new URL(metadata.authorization_endpoint ?? '');
  for (const [name, value] of query) url.searchParams.set(name, value);
  return url.href;
}
