/** One post to a provider's token endpoint: sent once, never repeated here, its answer sorted into granted or failed.
 *  Called by code-grant.ts and refresh-grant.ts. Nothing stores the answer (RFC 6749 §5.1): there is no cache below. */
import type { AuthorizationServer, Client, ClientAuth } from 'oauth4webapi';
import type { Clock } from '../clock.js';
import { OutboundError, type Outbound, type OutboundAnswer } from '../outbound/outbound.js';
import type { Provider } from '../providers/provider.js';
import { authenticateClient, clientOf } from './client-authentication.js';
import { requestOptions, type ProviderRequestOptions } from './provider-fetch.js';
import { readGrant, type GrantedMembers } from './read-token-answer.js';
import { sortAnswer, sortErrorCode, sortOutboundError, type TokenFailure } from './token-failure.js';

/** Shorter than any lease on an account may be. */
export const TOKEN_TIMEOUT_MS = 15_000;
const MAX_BYTES = 64 * 1024;

export type TokenEndpointOutcome =
  | { readonly kind: 'granted'; readonly members: GrantedMembers; readonly sentAt: number }
  | { readonly kind: 'failed'; readonly failure: TokenFailure };

export interface TokenPost {
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly provider: Provider;
  readonly metadata: AuthorizationServer;
  /** Sends one of the library's requests with what it is given. */
  send(client: Client, authentication: ClientAuth, options: ProviderRequestOptions): Promise<unknown>;
}

export async function postToTokenEndpoint(post: TokenPost): Promise<TokenEndpointOutcome> {
  const { outbound, clock, provider, metadata } = post;
  const authentication = await authenticateClient(provider);
  const sentAt = clock.now();
  let answer: OutboundAnswer | null = null;
  const options = requestOptions({
    outbound,
    provider,
    allowedOrigins: [new URL(metadata.token_endpoint ?? provider.issuer).origin],
    timeoutMs: TOKEN_TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    onAnswer: (received) => {
      answer = received;
    },
  });
  try {
    await post.send(clientOf(provider), authentication, options);
  } catch (error) {
    if (error instanceof OutboundError) return { kind: 'failed', failure: sortOutboundError(error) };
    throw error;
  }
  return sortWhole(answer as OutboundAnswer | null, sentAt);
}

function sortWhole(answer: OutboundAnswer | null, sentAt: number): TokenEndpointOutcome {
  if (answer === null) throw new Error('the request ended without an answer and without an error');
  if (answer.status < 200 || answer.status > 299) return { kind: 'failed', failure: sortAnswer(answer, sentAt) };
  const grant = readGrant(answer.body);
  switch (grant.kind) {
    case 'granted':
      return { kind: 'granted', members: grant.members, sentAt };
    case 'refused':
      return { kind: 'failed', failure: sortErrorCode(grant.error) };
    case 'unreadable': {
      // The grant was given, and what came of it cannot be read: the token that was sent may be spent.
      const why = `status ${answer.status}, and ${grant.why}`;
      return { kind: 'failed', failure: { code: 'UNREADABLE_ANSWER', retryAfterSeconds: null, spent: 'unknown', why } };
    }
  }
}
