/** Exchanges an authorization code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5, OpenID Connect Core §3.1.3). Called by
 *  connect/, which has consumed the state before; one post, never repeated: a code is spent by being sent.
 *  No token leaves here before `iss`, and where openid was asked for the ID Token's signature, issuer, audience, times
 *  and nonce, have been checked. */
import { authorizationCodeGrantRequest, nopkce, validateAuthResponse, type AuthorizationServer } from 'oauth4webapi';
import type { Clock } from '../clock.js';
import { noMetrics, type Metrics } from '../observe/measures.js';
import type { Outbound } from '../outbound/outbound.js';
import type { Provider } from '../providers/provider.js';
import type { Secret } from '../secret.js';
import { assertIssuerMatches } from './callback-issuer.js';
import { clientOf } from './client-authentication.js';
import type { ClientSecrets } from './client-secrets.js';
import type { Discovery } from './discovery.js';
import { readSubject } from './id-token.js';
import { redirectUriFor } from './redirect-uri.js';
import { toTokenAnswer } from './read-token-answer.js';
import type { TokenAnswer } from './token-answer.js';
import { postToTokenEndpoint } from './token-endpoint.js';
import { failAs } from './token-fault.js';
import { tradeToken } from './trade-token.js';

export interface CodeExchange {
  readonly provider: Provider;
  /** The same that the authorization request named. */
  readonly redirectUri: string;
  readonly callback: { readonly code: Secret; readonly state: Secret; readonly iss: string | null };
  readonly codeVerifier: Secret;
  /** Null where openid was not asked for. */
  readonly nonce: Secret | null;
}

export interface CodeGrant {
  /** Throws STATE_INVALID (wrong issuer, dead code, another sign-in's ID Token), PROVIDER_RATE_LIMITED,
   *  PROVIDER_UNAVAILABLE or PROVIDER_MISCONFIGURED. */
  exchange(exchange: CodeExchange): Promise<TokenAnswer>;
  /** What a code brought, for what lives longer, where the provider's definition has such a trade; else what was given.
   *  Throws as `exchange` does. */
  trade(given: { readonly provider: Provider; readonly tokens: TokenAnswer }): Promise<TokenAnswer>;
  /** For callbacks that carry an error. Throws STATE_INVALID, or what discovery throws. */
  assertIssuer(provider: Provider, iss: string | null): Promise<void>;
}

export interface CodeGrantParts {
  outbound: Outbound;
  discovery: Discovery;
  clock: Clock;
  clientSecrets?: ClientSecrets;
  metrics?: Pick<Metrics, 'tokenRequestEnded'>;
}

export function createCodeGrant(parts: CodeGrantParts): CodeGrant {
  const { outbound, discovery, clock, clientSecrets, metrics = noMetrics } = parts;
  return {
    async exchange(exchange) {
      const { provider } = exchange;
      const metadata = await discovery.metadata(provider);
      assertIssuerMatches(exchange.callback.iss, metadata, provider);
      const outcome = await postToTokenEndpoint({
        outbound,
        clientSecrets,
        clock,
        metrics,
        grant: 'authorization_code',
        provider: withState(provider, exchange.callback.state),
        metadata,
        speech: 'token',
        request: (client, authentication, options) =>
          authorizationCodeGrantRequest(
            metadata,
            client,
            authentication,
            callbackParameters(exchange, metadata),
            redirectUriFor(provider, exchange.redirectUri),
            provider.dialect.pkce === 'off' ? nopkce : exchange.codeVerifier.expose(),
            { ...options, additionalParameters: resourceOf(provider) },
          ),
      });
      if (outcome.kind === 'failed') return failAs(outcome.failure, provider);
      const subject = await readSubject({ ...exchange, metadata, outbound, members: outcome.members });
      return toTokenAnswer(outcome.members, { sentAt: outcome.sentAt, subject, provider, isConsent: true });
    },

    trade: ({ provider, tokens }) => tradeToken({ ...parts, provider, tokens }),

    async assertIssuer(provider, iss) {
      assertIssuerMatches(iss, await discovery.metadata(provider), provider);
    },
  };
}

function callbackParameters({ provider, callback }: CodeExchange, metadata: AuthorizationServer): URLSearchParams {
  const state = callback.state.expose();
  const parameters = new URLSearchParams({ code: callback.code.expose(), state });
  if (callback.iss !== null && provider.issuer !== null) parameters.set('iss', callback.iss);
  return validateAuthResponse(metadata, clientOf(provider), parameters, state);
}

/** For providers that want the state once more with the code. */
function withState(provider: Provider, state: Secret): Provider {
  const { token } = provider.dialect;
  if (!Object.values(token.add).some((text) => text.includes('{state}'))) return provider;
  const add = Object.entries(token.add).map(([name, text]) => [name, text.replaceAll('{state}', () => state.expose())]);
  const filled = Object.fromEntries(add) as typeof token.add; // names and texts
  return { ...provider, dialect: { ...provider.dialect, token: { ...token, add: filled } } };
}

/** RFC 8707 §2.2. */
function resourceOf(provider: Provider): Record<string, string> {
  return provider.resource === null ? {} : { resource: provider.resource };
}
