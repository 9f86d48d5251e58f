/** Tells a provider to forget tokens (RFC 7009). Called by connect/disconnect, which forgets them here whatever comes. */
import { revocationRequest } from 'oauth4webapi';
import type { Clock } from '../clock.js';
import { Fault } from '../errors.js';
import { OutboundError, type Outbound, type OutboundAnswer } from '../outbound/outbound.js';
import type { Provider } from '../providers/provider.js';
import type { Secret } from '../secret.js';
import { authenticateClientBy, clientOf } from './client-authentication.js';
import { oneSecret, type ClientSecrets, type Opinion } from './client-secrets.js';
import type { Discovery } from './discovery.js';
import { sendOnce } from './provider-fetch.js';
import { signRequest } from './sign-request.js';
import { readJsonObject } from '../outbound/strict-json.js';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 64 * 1024;

/** `FAILED`: the provider has the means and did not use them; later may help (RFC 7009 §2.2.1). */
export type RevocationResult = 'REVOKED' | 'NOT_SUPPORTED' | 'FAILED';

export interface TokenToRevoke {
  readonly provider: Provider;
  /** Null where the provider wants the account named, and no token. */
  readonly token: Secret | null;
  readonly hint: 'refresh_token' | 'access_token';
  readonly externalId?: string | null;
}

export interface PairToRevoke {
  readonly provider: Provider;
  readonly accessToken: Secret;
  readonly refreshToken: Secret | null;
  /** The provider's own id of the account, for those that revoke by it. */
  readonly externalId?: string | null;
}

export interface Revocation {
  /** One token. Never throws a fault of the provider's making. */
  revoke(token: TokenToRevoke): Promise<RevocationResult>;
  /** What the provider's definition says to revoke of a grant; as a rule the refresh token first, since many end the whole
   *  grant with it (RFC 7009 §2.1), then the access token. FAILED where either failed, REVOKED where the provider revoked
   *  what it can. */
  revokePair(pair: PairToRevoke): Promise<RevocationResult>;
}

export interface RevocationParts {
  outbound: Outbound;
  discovery: Discovery;
  clock: Clock;
  clientSecrets?: ClientSecrets;
}

export function createRevocation(parts: RevocationParts): Revocation {
  return {
    revoke: (token) => revokeOne(token, parts),
    async revokePair(pair) {
      const [first, second] = tokensToRevoke(pair);
      const result = await revokeOne(first, parts);
      // A provider that is down now would be down a moment later: one time limit is enough for a user who waits.
      if (second === undefined || result === 'FAILED') return result;
      const other = await revokeOne(second, parts);
      return other === 'FAILED' ? 'FAILED' : worthMore(result, other);
    },
  };
}

function tokensToRevoke({ accessToken, refreshToken, ...pair }: PairToRevoke): [TokenToRevoke, TokenToRevoke?] {
  const access = { ...pair, token: accessToken, hint: 'access_token' } as const;
  const refresh = refreshToken && ({ ...pair, token: refreshToken, hint: 'refresh_token' } as const);
  const { of } = pair.provider.dialect.revoke;
  switch (of) {
    case 'account':
      return [{ ...access, token: null }];
    case 'accessToken':
      return [access];
    case 'refreshToken':
      return [refresh ?? access];
    case 'pair':
      return refresh ? [refresh, access] : [access];
    default:
      return of satisfies never;
  }
}

/** One of two tokens revoked is what the provider could do. */
function worthMore(first: RevocationResult, second: RevocationResult): RevocationResult {
  return first === 'REVOKED' ? first : second;
}

async function revokeOne(token: TokenToRevoke, parts: RevocationParts): Promise<RevocationResult> {
  const { clientSecrets = oneSecret } = parts;
  const sent = await clientSecrets.use(
    token.provider,
    (provider) => sendRevocation({ ...token, provider }, parts),
    ({ answer }) => (answer ? opinionOf(answer) : 'NOTHING'),
  );
  return sent.result;
}

interface Revoked {
  readonly result: RevocationResult;
  readonly answer?: OutboundAnswer;
}

async function sendRevocation(
  { provider, token, hint, externalId = null }: TokenToRevoke,
  { outbound, discovery, clock }: RevocationParts,
): Promise<Revoked> {
  const { revoke } = provider.dialect;
  try {
    const metadata = await discovery.metadata(provider);
    const endpoint = metadata.revocation_endpoint;
    if (endpoint === undefined) return { result: 'NOT_SUPPORTED' };
    const ofAccount = accountValues(provider, externalId);
    if (ofAccount === null) return { result: 'NOT_SUPPORTED' };
    const values = { ...ofAccount, ...(await signRequest({ provider, outbound, clock })) };
    const call = {
      outbound,
      provider,
      endpoint,
      speech: 'revoke',
      values,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    } as const;
    const authentication = await authenticateClientBy(revoke.authentication, provider, clock);
    const additionalParameters = { token_type_hint: hint };
    const answer = await sendOnce(call, (options) =>
      // Without a token the parameter goes, whatever stands in it.
      revocationRequest(metadata, clientOf(provider), authentication, token?.expose() ?? 'none', {
        ...options,
        additionalParameters,
      }),
    );
    return { result: sortRevocation(answer), answer };
  } catch (error) {
    if (error instanceof OutboundError || error instanceof Fault) return { result: 'FAILED' };
    throw error;
  }
}

/** RFC 7009 §2.1: the client is proved as at the token endpoint. */
function opinionOf({ status, body }: OutboundAnswer): Opinion {
  if (status >= 200 && status <= 299) return 'ACCEPTED';
  const isRefused = status === 401 || readJsonObject(body)?.['error'] === 'invalid_client';
  return isRefused ? 'REFUSED' : 'NOTHING';
}

/** Null where the provider wants to be told an id that the account has not. */
function accountValues({ dialect }: Provider, externalId: string | null): Record<string, string> | null {
  const names = Object.keys(dialect.revoke.account);
  if (names.length === 0) return {};
  return externalId === null ? null : Object.fromEntries(names.map((name) => [name, externalId]));
}

/** RFC 7009 §2.2: 200, also for a token that the provider does not know; some answer with another 2xx, and some call a
 *  token that is dead already a fault. */
function sortRevocation(answer: OutboundAnswer): RevocationResult {
  if (answer.status >= 200 && answer.status <= 299) return 'REVOKED';
  const error = answer.status === 400 ? readJsonObject(answer.body)?.['error'] : null;
  if (error === 'invalid_grant') return 'REVOKED';
  return error === 'unsupported_token_type' ? 'NOT_SUPPORTED' : 'FAILED';
}
