/** Builds the only door to other people's servers (the contract is in outbound.ts). Called once by app.ts. No proxy, cookie, cache, redirect or decoding takes part: undici.request hands the bytes over
 *  as they came (stack.md: Node 20 has an unpatched Brotli decoder, so no `br` is offered). */
import { request as undiciRequest, type Dispatcher } from 'undici';
import type { Clock } from '../clock.js';
import { systemResolve, type Resolve } from './checked-lookup.js';
import { describeFailure } from './describe-failure.js';
import { checkDestination } from './destination.js';
import { headersReceived, headersToSend } from './headers.js';
import { OutboundError, type Outbound, type OutboundAnswer, type OutboundRequest } from './outbound.js';
import { createPools } from './pools.js';
import { noteWhenSent, type SendNote } from './send-note.js';

const CONNECTIONS_PER_ORIGIN = 64;

export interface OutboundParts {
  clock: Clock;
  /** How names become addresses; the system's resolver unless a test says otherwise. */
  resolve?: Resolve;
}

export function createOutbound({ clock, resolve = systemResolve }: OutboundParts): Outbound {
  const pools = createPools({ resolve, connectionsPerOrigin: CONNECTIONS_PER_ORIGIN });
  return {
    send: (request) => send(request, pools.of(request.network), clock),
    close: () => pools.destroy(),
  };
}

async function send(request: OutboundRequest, pool: Dispatcher, clock: Clock): Promise<OutboundAnswer> {
  const url = checkDestination(request);
  const note: SendNote = { isSent: false };
  const limit = startTimeLimit(request.timeoutMs, clock);
  try {
    // The signal ends what is under way; while a connection is still being made undici does not heed it, hence the race.
    // A connection that stands later finds the request given up, and nothing is written.
    const exchange = exchangeOnce(url, request, { dispatcher: noteWhenSent(pool, note), signal: limit.signal });
    return await Promise.race([exchange, limit.isOver]);
  } catch (error) {
    throw classify(error, { url, note, isOver: limit.signal.aborted, timeoutMs: request.timeoutMs });
  } finally {
    limit.stop();
  }
}

async function exchangeOnce(
  url: URL,
  request: OutboundRequest,
  way: { dispatcher: Dispatcher; signal: AbortSignal },
): Promise<OutboundAnswer> {
  const { method, headers = {}, body = null } = request;
  const answer = await undiciRequest(url, { method, headers: headersToSend(headers), body, ...way });
  const bytes = await readBounded(answer.body, request);
  return { status: answer.statusCode, headers: headersReceived(answer.headers), body: bytes };
}

interface TimeLimit {
  readonly signal: AbortSignal;
  /** Rejects when the time is over; never resolves. */
  readonly isOver: Promise<never>;
  stop(): void;
}

/** A limit on the whole exchange: name, connection, request, answer, body. Told by the clock, so that tests own it. */
function startTimeLimit(timeoutMs: number, clock: Clock): TimeLimit {
  const over = new AbortController();
  const isOver = new Promise<never>((_resolve, reject) =>
    over.signal.addEventListener('abort', () => reject(over.signal.reason)),
  );
  isOver.catch(() => undefined);
  return { signal: over.signal, isOver, stop: clock.alarm(timeoutMs, () => over.abort()) };
}

async function readBounded(
  stream: Dispatcher.ResponseData['body'],
  { maxBytes, mayBeCut }: Pick<OutboundRequest, 'maxBytes' | 'mayBeCut'>,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    // Leaving the loop destroys the stream, and with it the connection: the rest is never read.
    if (bytes > maxBytes && mayBeCut) return Buffer.concat(chunks);
    if (bytes > maxBytes) throw new OutboundError('too_large', `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function classify(error: unknown, at: { url: URL; note: SendNote; isOver: boolean; timeoutMs: number }): OutboundError {
  if (error instanceof OutboundError) return error;
  const what = at.isOver ? `no whole answer within ${at.timeoutMs} ms` : describeFailure(error);
  const failure = at.note.isSent ? 'no_answer' : 'not_sent';
  return new OutboundError(failure, `${at.url.origin}: ${what}`, error);
}
