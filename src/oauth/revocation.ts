/** Tells a provider to forget tokens (RFC 7009). Called by connect/disconnect, which forgets them here whatever comes. */
import { revocationRequest } from 'oauth4webapi';
import { Fault } from '../errors.js';
import { OutboundError, type Outbound, type OutboundAnswer } from '../outbound/outbound.js';
import type { Provider } from '../providers/provider.js';
import type { Secret } from '../secret.js';
import { authenticateClient, clientOf } from './client-authentication.js';
import type { Discovery } from './discovery.js';
import { sendOnce } from './provider-fetch.js';
import { readJsonObject } from '../outbound/strict-json.js';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 64 * 1024;

/** `FAILED`: the provider has the means and did not use them; later may help (RFC 7009 §2.2.1). */
export type RevocationResult = 'REVOKED' | 'NOT_SUPPORTED' | 'FAILED';

export interface TokenToRevoke {
  readonly provider: Provider;
  readonly token: Secret;
  readonly hint: 'refresh_token' | 'access_token';
}

export interface PairToRevoke {
  readonly provider: Provider;
  readonly accessToken: Secret;
  readonly refreshToken: Secret | null;
}

export interface Revocation {
  /** One token. Never throws a fault of the provider's making. */
  revoke(token: TokenToRevoke): Promise<RevocationResult>;
  /** The refresh token first, since many providers end the whole grant with it (RFC 7009 §2.1), then the access token.
   *  FAILED where either failed, REVOKED where the provider revoked what it can. */
  revokePair(pair: PairToRevoke): Promise<RevocationResult>;
}

export function createRevocation({ outbound, discovery }: { outbound: Outbound; discovery: Discovery }): Revocation {
  const revoke = (token: TokenToRevoke): Promise<RevocationResult> => revokeOne(token, { outbound, discovery });
  return {
    revoke,
    async revokePair({ provider, accessToken, refreshToken }) {
      const ofAccess = (): Promise<RevocationResult> => revoke({ provider, token: accessToken, hint: 'access_token' });
      if (refreshToken === null) return ofAccess();
      const first = await revoke({ provider, token: refreshToken, hint: 'refresh_token' });
      // A provider that is down now would be down a moment later: one time limit is enough for a user who waits.
      if (first === 'FAILED') return 'FAILED';
      const second = await ofAccess();
      return second === 'FAILED' ? 'FAILED' : worthMore(first, second);
    },
  };
}

/** One of two tokens revoked is what the provider could do. */
function worthMore(first: RevocationResult, second: RevocationResult): RevocationResult {
  return first === 'REVOKED' ? first : second;
}

async function revokeOne(
  { provider, token, hint }: TokenToRevoke,
  { outbound, discovery }: { outbound: Outbound; discovery: Discovery },
): Promise<RevocationResult> {
  try {
    const metadata = await discovery.metadata(provider);
    const endpoint = metadata.revocation_endpoint;
    if (endpoint === undefined) return 'NOT_SUPPORTED';
    const call = { outbound, provider, endpoint, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES };
    const authentication = await authenticateClient(provider);
    const additionalParameters = { token_type_hint: hint };
    const answer = await sendOnce(call, (options) =>
      revocationRequest(metadata, clientOf(provider), authentication, token.expose(), {
        ...options,
        additionalParameters,
      }),
    );
    return sortRevocation(answer);
  } catch (error) {
    if (error instanceof OutboundError || error instanceof Fault) return 'FAILED';
    throw error;
  }
}

/** RFC 7009 §2.2: 200, also for a token that the provider does not know; some answer with another 2xx. */
function sortRevocation(answer: OutboundAnswer): RevocationResult {
  if (answer.status >= 200 && answer.status <= 299) return 'REVOKED';
  const error = answer.status === 400 ? readJsonObject(answer.body)?.['error'] : null;
  return error === 'unsupported_token_type' ? 'NOT_SUPPORTED' : 'FAILED';
}
