/** The parts of src/oauth and src/profile, put together over a real outbound door, and a connection made with them. */
import { createAuthorizationRequests, type PreparedAuthorization } from '../../src/oauth/authorization-request.js';
import { createCodeGrant, type CodeExchange, type CodeGrant } from '../../src/oauth/code-grant.js';
import { createDiscovery, type Discovery } from '../../src/oauth/discovery.js';
import { createRefreshGrant, type RefreshGrant } from '../../src/oauth/refresh-grant.js';
import { createRevocation, type Revocation } from '../../src/oauth/revocation.js';
import type { TokenAnswer } from '../../src/oauth/token-answer.js';
import { createOutbound } from '../../src/outbound/create-outbound.js';
import type { Outbound } from '../../src/outbound/outbound.js';
import { createProfiles, type Profiles } from '../../src/profile/fetch-profile.js';
import type { Provider } from '../../src/providers/provider.js';
import { Secret } from '../../src/secret.js';
import type { TestOidcProvider } from './oidc-provider.js';
import { createTestClock, type TestClock } from './test-clock.js';

export interface OAuthParts {
  readonly clock: TestClock;
  readonly outbound: Outbound;
  readonly discovery: Discovery;
  readonly requests: ReturnType<typeof createAuthorizationRequests>;
  readonly codeGrant: CodeGrant;
  readonly refreshGrant: RefreshGrant;
  readonly revocation: Revocation;
  readonly profiles: Profiles;
}

export function createOAuthParts(clock = createTestClock()): OAuthParts {
  const outbound = createOutbound({ clock });
  const discovery = createDiscovery({ outbound, clock });
  const parts = { outbound, discovery, clock };
  return {
    ...parts,
    requests: createAuthorizationRequests(parts),
    codeGrant: createCodeGrant(parts),
    refreshGrant: createRefreshGrant(parts),
    revocation: createRevocation(parts),
    profiles: createProfiles(parts),
  };
}

export interface Consented {
  readonly prepared: PreparedAuthorization;
  /** The redirect that the provider sent the browser to. */
  readonly callback: URL;
  /** All that the exchange needs. */
  readonly exchange: CodeExchange;
}

/** Asks for the provider's default scopes and lets `login` consent. */
export async function consent(
  parts: OAuthParts,
  oidc: TestOidcProvider,
  { login = 'anna', provider = oidc.provider(), scopes = provider.defaultScopes }: ConsentOptions = {},
): Promise<Consented> {
  const { redirectUri } = oidc;
  const prepared = await parts.requests.prepare({ provider, redirectUri, scopes, loginHint: null });
  const callback = new URL(await oidc.approve(prepared.authorizationUrl, { login }));
  const code = Secret.of(callback.searchParams.get('code') ?? '');
  const answer = { code, state: prepared.state, iss: callback.searchParams.get('iss') };
  const { codeVerifier, nonce } = prepared;
  return { prepared, callback, exchange: { provider, redirectUri, callback: answer, codeVerifier, nonce } };
}

export interface ConsentOptions {
  readonly login?: string;
  readonly provider?: Provider;
  readonly scopes?: readonly string[];
}

/** A whole connection: the tokens of `login`. */
export async function connect(
  parts: OAuthParts,
  oidc: TestOidcProvider,
  options: ConsentOptions = {},
): Promise<TokenAnswer> {
  const { exchange } = await consent(parts, oidc, options);
  return parts.codeGrant.exchange(exchange);
}
