/** One post to a provider's token endpoint: sent once (once more with the client's other secret, where it has one and the
 *  first was refused), its answer sorted into granted or failed.
 *  Called by code-grant.ts and refresh-grant.ts. Nothing stores the answer (RFC 6749 §5.1): there is no cache below. */
import type { AuthorizationServer, Client, ClientAuth } from 'oauth4webapi';
import type { Clock } from '../clock.js';
import type { Metrics } from '../observe/measures.js';
import { OutboundError, type Outbound, type OutboundAnswer } from '../outbound/outbound.js';
import type { RawAnswer } from '../outbound/raw-answer.js';
import type { Provider } from '../providers/provider.js';
import { toStandardAnswer } from '../providers/standard-answer.js';
import { authenticateClient, clientOf } from './client-authentication.js';
import { oneSecret, type ClientSecrets, type Opinion } from './client-secrets.js';
import { sendOnce, type ProviderRequestOptions } from './provider-fetch.js';
import { readGrant, type GrantedMembers } from './read-token-answer.js';
import { sortAnswer, sortErrorCode, sortOutboundError, sortUnreadable, type TokenFailure } from './token-failure.js';

/** The longest that a post may take; any lease on an account must be longer. */
export const TOKEN_TIMEOUT_MS = 15_000;
const MAX_BYTES = 64 * 1024;

export type TokenEndpointOutcome =
  | { readonly kind: 'granted'; readonly members: GrantedMembers; readonly sentAt: number }
  | { readonly kind: 'failed'; readonly failure: TokenFailure };

export interface TokenPost {
  readonly outbound: Outbound;
  readonly clientSecrets?: ClientSecrets | undefined;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'tokenRequestEnded'>;
  readonly grant: 'authorization_code' | 'refresh_token';
  readonly provider: Provider;
  readonly metadata: AuthorizationServer;
  readonly speech: 'token' | 'refresh';
  /** Gets what came before it is read. Must not reject. */
  readonly keepRaw?: ((raw: RawAnswer) => Promise<void>) | undefined;
  /** Makes and sends one of the library's requests from what it is given. */
  readonly request: (client: Client, authentication: ClientAuth, options: ProviderRequestOptions) => Promise<unknown>;
}

/** What an answer means that was kept as it came: the same as when it was read at once. Pure. */
export function readRawAnswer(
  { provider, speech }: Pick<TokenPost, 'provider' | 'speech'>,
  { answer, sentAt }: RawAnswer,
): TokenEndpointOutcome {
  return sortWhole(toStandardAnswer(provider.dialect, speech, answer), { sentAt, speech });
}

export async function postToTokenEndpoint(post: TokenPost): Promise<TokenEndpointOutcome> {
  const { clock, metrics, provider, grant, clientSecrets = oneSecret } = post;
  const startedAt = clock.monotonic();
  const leftMs = (): number => TOKEN_TIMEOUT_MS - (clock.monotonic() - startedAt);
  const result = await clientSecrets.use(
    provider,
    (known) => sendPost({ ...post, provider: known }, leftMs()),
    // Both tries together take no longer than one may.
    (sent) => (leftMs() > TOKEN_TIMEOUT_MS / 2 ? opinionOf(sent) : 'NOTHING'),
  );
  const outcome = result.kind === 'granted' ? 'GRANTED' : result.failure.code;
  metrics.tokenRequestEnded({ provider: provider.id, grant, outcome, tookMs: clock.monotonic() - startedAt });
  return result;
}

/** A grant that is refused is refused to a client that was known. */
export function opinionOf(sent: TokenEndpointOutcome): Opinion {
  if (sent.kind === 'granted' || sent.failure.cause === 'GRANT_REFUSED') return 'ACCEPTED';
  return sent.failure.cause === 'CLIENT_REFUSED' ? 'REFUSED' : 'NOTHING';
}

async function sendPost(post: TokenPost, timeoutMs: number): Promise<TokenEndpointOutcome> {
  const { outbound, clock, provider, metadata, speech, keepRaw, request } = post;
  const ofRefresh = speech === 'refresh' ? provider.endpoints.refresh : undefined;
  // Present: server-metadata.ts refuses a document without one.
  const endpoint = ofRefresh ?? metadata.token_endpoint ?? '';
  const authentication = await authenticateClient(provider, clock);
  const sentAt = clock.now();
  const call = {
    outbound,
    provider,
    endpoint,
    speech,
    timeoutMs,
    maxBytes: MAX_BYTES,
    ...(keepRaw && { keepRaw: (answer: OutboundAnswer) => keepRaw({ answer, sentAt }) }),
  };
  try {
    const answer = await sendOnce(call, (options) => request(clientOf(provider), authentication, options));
    return sortWhole(answer, { sentAt, speech });
  } catch (error) {
    if (error instanceof OutboundError) return { kind: 'failed', failure: sortOutboundError(error) };
    throw error;
  }
}

function sortWhole(
  answer: OutboundAnswer,
  { sentAt, speech }: Pick<RawAnswer, 'sentAt'> & Pick<TokenPost, 'speech'>,
): TokenEndpointOutcome {
  if (answer.status < 200 || answer.status > 299) return { kind: 'failed', failure: sortAnswer(answer, sentAt) };
  const grant = readGrant(answer.body, speech);
  switch (grant.kind) {
    case 'granted':
      return { kind: 'granted', members: grant.members, sentAt };
    case 'refused':
      return { kind: 'failed', failure: sortErrorCode(grant.error) };
    case 'unreadable':
      return { kind: 'failed', failure: sortUnreadable(answer, grant.why) };
    default:
      return grant satisfies never;
  }
}
