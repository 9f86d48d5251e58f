/** Builds the door for requests whose bodies flow (the contract is in streams.ts). Called once by app.ts, for the proxy.
 *  Its pools are its own. undici.request hands the answer's bytes over as they came and reads on only while they are
 *  taken; a body that is sent is asked for its next piece when the socket has taken the last one. */
import { DecoratorHandler, request as undiciRequest, type Dispatcher } from 'undici';
import type { Clock } from '../clock.js';
import { systemResolve, type Resolve } from './checked-lookup.js';
import { describeFailure } from './describe-failure.js';
import { checkDestination } from './destination.js';
import { headersReceived, streamHeadersToSend } from './headers.js';
import { OutboundError } from './outbound.js';
import { createPools } from './pools.js';
import { startQuietLimit, type QuietLimit } from './quiet-limit.js';
import type { OutboundStreams, StreamedAnswer, StreamRequest } from './streams.js';

/** More streams than that to one origin wait for one that ends. */
const CONNECTIONS_PER_ORIGIN = 1024;

export interface StreamsParts {
  readonly clock: Clock;
  /** How names become addresses; the system's resolver unless a test says otherwise. */
  readonly resolve?: Resolve;
}

export function createOutboundStreams({ clock, resolve = systemResolve }: StreamsParts): OutboundStreams {
  const pools = createPools({ resolve, connectionsPerOrigin: CONNECTIONS_PER_ORIGIN });
  const watched = {
    public: pools.of('public').compose(watchEach),
    loopback: pools.of('loopback').compose(watchEach),
  };
  return {
    open: (request) => open(request, watched[request.network], clock),
    close: () => pools.destroy(),
  };
}

async function open(request: StreamRequest, dispatcher: Dispatcher, clock: Clock): Promise<StreamedAnswer> {
  const url = checkDestination(request);
  request.signal.throwIfAborted();
  const run = startRun(request, clock);
  try {
    // While a connection is still being made undici does not heed the signal, hence the race.
    const answer = await Promise.race([
      undiciRequest(url, {
        method: request.method,
        headers: headersOf(request),
        body: bodyOf(request, run),
        signal: run.signal,
        opaque: run,
        dispatcher,
      }),
      run.isOver,
    ]);
    return toAnswer(answer, request, run);
  } catch (error) {
    run.end();
    request.signal.throwIfAborted();
    throw error instanceof OutboundError ? error : run.failure(describeFailure(error), error);
  }
}

function toAnswer(answer: Dispatcher.ResponseData<unknown>, { idleMs }: StreamRequest, run: Run): StreamedAnswer {
  const { statusCode: status, headers, body } = answer;
  run.body = body;
  run.quiet.allow(idleMs);
  body.once('close', run.end);
  // Whoever takes the body hears of its end; until then it must not end the process.
  body.on('error', () => undefined);
  return {
    status,
    headers: headersReceived(headers),
    body,
    discard: async () => {
      await body.dump().catch(() => undefined);
    },
  };
}

function headersOf({ headers, body, bodyBytes }: StreamRequest): Record<string, string> {
  const sent = streamHeadersToSend(headers);
  const bytes = body instanceof Uint8Array ? body.byteLength : bodyBytes;
  return body === null || bytes === null ? sent : { ...sent, 'content-length': String(bytes) };
}

/** undici's type names no iterables, which it takes as it takes streams. */
function bodyOf({ body, firstByteMs, idleMs }: StreamRequest, run: Run): Uint8Array | null {
  if (body === null || body instanceof Uint8Array) return body;
  run.quiet.allow(idleMs);
  return passOn(body, run, firstByteMs) as unknown as Uint8Array;
}

async function* passOn(
  body: AsyncIterable<Uint8Array>,
  { quiet }: Run,
  firstByteMs: number,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of body) {
    quiet.touch();
    yield chunk;
  }
  quiet.allow(firstByteMs);
}

/** One request, from its start to the end of its answer. */
interface Run {
  readonly signal: AbortSignal;
  readonly quiet: QuietLimit;
  /** Rejects when the run is over before its answer began; never resolves. */
  readonly isOver: Promise<never>;
  isSent: boolean;
  /** The answer's, once it is here. */
  body: Dispatcher.ResponseData['body'] | null;
  readonly end: () => void;
  failure(what: string, cause?: unknown): OutboundError;
}

function startRun({ url, signal: given, firstByteMs }: StreamRequest, clock: Clock): Run {
  const over = new AbortController();
  const stop = (): void => over.abort(given.reason);
  given.addEventListener('abort', stop, { once: true });
  const isOver = new Promise<never>((_resolve, reject) => {
    over.signal.addEventListener('abort', () => reject(over.signal.reason as Error), { once: true });
  });
  isOver.catch(() => undefined);
  const run: Run = {
    signal: over.signal,
    isOver,
    isSent: false,
    body: null,
    quiet: startQuietLimit({
      clock,
      ms: firstByteMs,
      isHeldBack: () => (run.body?.readableLength ?? 0) > 0,
      onQuiet: (ms) => over.abort(run.failure(`silent for ${ms} ms`)),
    }),
    end() {
      run.quiet.stop();
      given.removeEventListener('abort', stop);
    },
    failure: (what, cause) =>
      new OutboundError(run.isSent ? 'no_answer' : 'not_sent', `${new URL(url).origin}: ${what}`, cause),
  };
  return run;
}

/** Tells a run what happens to its request. It travels as what undici calls opaque. */
function watchEach(dispatch: Dispatcher.Dispatch): Dispatcher.Dispatch {
  return (options, handler) => {
    const { opaque } = options as { readonly opaque?: Run };
    return dispatch(options, opaque ? new WatchingHandler(handler, opaque) : handler);
  };
}

class WatchingHandler extends DecoratorHandler {
  readonly #inner: Dispatcher.DispatchHandler;
  readonly #run: Run;

  constructor(inner: Dispatcher.DispatchHandler, run: Run) {
    super(inner);
    this.#inner = inner;
    this.#run = run;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#run.isSent = true;
    this.#inner.onRequestStart?.(controller, context);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#run.quiet.touch();
    this.#inner.onResponseData?.(controller, chunk);
  }
}
