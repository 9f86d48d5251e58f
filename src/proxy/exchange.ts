/** Sends a caller's request to a provider's API with the user's token, until there is an answer to hand on. Called by
 *  call-api.ts, once a call. A refused token is renewed once; what may be done twice is sent again where the provider, or a
 *  connection that broke before an answer, says that it may help.
 *  Must never: send a body twice that cannot be sent whole, nor follow a redirect. */
import type { Clock } from '../clock.js';
import { Fault, fail } from '../errors.js';
import { OutboundError } from '../outbound/outbound.js';
import { readRetryAfterSeconds } from '../outbound/retry-after.js';
import type { OutboundStreams, StreamedAnswer } from '../outbound/streams.js';
import type { Provider, ProviderApi } from '../providers/provider.js';
import type { FreshTokens } from '../refresh/fresh-token.js';
import type { UsableToken } from '../refresh/usable-token.js';
import { apiRequestHeaders, type GivenHeaders } from './api-request-headers.js';
import { addQueryToken } from './query-token.js';
import type { ReplayableBody } from './replayable-body.js';
import { isIdempotent, retryWaitMs } from './retry-wait.js';

export interface Outgoing {
  readonly provider: Provider;
  readonly api: ProviderApi;
  readonly url: string;
  readonly origin: string;
  readonly method: string;
  readonly headers: GivenHeaders;
  readonly body: ReplayableBody;
  /** Ends it all when the caller is gone. */
  readonly signal: AbortSignal;
}

export interface Exchange {
  /** The first answer that stands, and the token that it was given to. Throws PROVIDER_UNAVAILABLE, and what renewing
   *  throws when only the user can help; what the signal was aborted with. */
  run(request: Outgoing, token: UsableToken): Promise<Exchanged>;
}

interface Exchanged {
  readonly answer: StreamedAnswer;
  readonly token: UsableToken;
}

export interface ExchangeParts {
  readonly streams: OutboundStreams;
  readonly freshTokens: Pick<FreshTokens, 'afterRefusal'>;
  readonly clock: Clock;
  readonly limits: ProxyTimeLimits;
}

export interface ProxyTimeLimits {
  readonly firstByteMs: number;
  readonly idleMs: number;
}

export function createExchange({ streams, freshTokens, clock, limits }: ExchangeParts): Exchange {
  return {
    async run(request, first) {
      let exchanged: Exchanged = { answer: await open(request, first), token: first };
      for (let retries = 0; ; retries += 1) {
        exchanged = await renewIfRefused(request, exchanged);
        const { answer, token } = exchanged;
        const { status } = answer;
        const retryAfterSeconds = readRetryAfterSeconds(answer, clock.now());
        const waitMs = retryWaitMs({ method: request.method, status, retryAfterSeconds, retries });
        if (waitMs === null || !(await request.body.canRepeat())) return exchanged;
        await answer.discard();
        await clock.sleep(waitMs, request.signal);
        exchanged = { answer: await open(request, token), token };
      }
    },
  };

  async function renewIfRefused(request: Outgoing, exchanged: Exchanged): Promise<Exchanged> {
    const { answer } = exchanged;
    if (answer.status !== 401) return exchanged;
    const renewed = await renew(exchanged);
    if (renewed === null || !(await request.body.canRepeat())) return exchanged;
    await answer.discard();
    return { answer: await open(request, renewed), token: renewed };
  }

  /** Also where the body cannot be sent again: the caller's next try then has a token that works. */
  async function renew({ answer, token }: Exchanged): Promise<UsableToken | null> {
    try {
      return await freshTokens.afterRefusal(token);
    } catch (error) {
      // While the provider cannot renew it, its own answer says most.
      if (error instanceof Fault && error.code.startsWith('PROVIDER_')) return null;
      await answer.discard();
      throw error;
    }
  }

  async function open(request: Outgoing, token: UsableToken): Promise<StreamedAnswer> {
    try {
      return await send(request, token);
    } catch (error) {
      if (!(await maySendAgain(error, request))) return failUnanswered(error, request);
    }
    return send(request, token).catch((error: unknown) => failUnanswered(error, request));
  }

  function send({ provider, api, url, origin, method, headers, body, signal }: Outgoing, { accessToken }: UsableToken) {
    return streams.open({
      url: addQueryToken(url, api, accessToken),
      method,
      headers: apiRequestHeaders(headers, { api, accessToken }),
      body: body.next(),
      bodyBytes: body.bytes,
      allowedOrigins: [origin],
      network: provider.network,
      signal,
      ...limits,
    });
  }
}

/** A kept-alive connection may be closed at the very moment when it is used. A silence is no such thing. */
async function maySendAgain(error: unknown, { method, body }: Outgoing): Promise<boolean> {
  if (!(error instanceof OutboundError) || error.cause === undefined) return false;
  const isFree = error.failure === 'not_sent' || (error.failure === 'no_answer' && isIdempotent(method));
  return isFree && body.canRepeat();
}

function failUnanswered(error: unknown, { provider }: Outgoing): never {
  if (!(error instanceof OutboundError)) throw error;
  return fail('PROVIDER_UNAVAILABLE', { provider: provider.id }, { detail: `api: ${error.message}`, cause: error });
}
