/** The ledger's provider on 127.0.0.1: a token endpoint and an API, which can be stopped at a request so that a client is
 *  killed right then. Lives in the process of the crash test, which is never killed. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { createLedger, type Ledger, type LedgerMode } from './ledger.js';

/** `request-sent`: it is here, and nothing was done. `provider-committed`: the new pair is issued, and not on its way yet. */
export type ServerStep = 'request-sent' | 'provider-committed';

export interface LedgerServer {
  readonly url: string;
  readonly ledger: Ledger;
  /** Token requests so far. */
  requests(): number;
  /** Calls `reached` with the next request that comes to the step, which waits for its end. */
  stopAt(step: ServerStep, reached: () => Promise<void>): void;
  /** From now on no answer to a token request leaves until the returned function is called. */
  holdAnswers(): () => void;
  close(): Promise<void>;
}

export interface LedgerServerOptions {
  readonly mode: LedgerMode;
  readonly graceMs: number;
  /** From the commit of a pair until its answer leaves. */
  readonly answerDelayMs: number;
  readonly accessTokenSeconds: number;
}

export async function startLedgerServer(options: LedgerServerOptions): Promise<LedgerServer> {
  const ledger = createLedger({ ...options, now: () => Date.now() });
  const stops = new Map<ServerStep, () => Promise<void>>();
  let requests = 0;
  let held: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    ledger,
    requests: () => requests,
    holdAnswers() {
      const holding = new EventEmitter();
      held = once(holding, 'release');
      return () => void holding.emit('release');
    },
    stopAt: (step, reached) => void stops.set(step, reached),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (request.url === '/api') {
      const accessToken = (request.headers.authorization ?? '').replace('Bearer ', '');
      return send(response, ledger.use(accessToken) ? 200 : 401, {});
    }
    requests += 1;
    await stopIfAsked('request-sent');
    const pair = ledger.refresh(new URLSearchParams(body).get('refresh_token') ?? '');
    await stopIfAsked('provider-committed');
    await held;
    if (options.answerDelayMs > 0) await pause(options.answerDelayMs);
    if (pair === null) return send(response, 400, { error: 'invalid_grant' });
    return send(response, 200, {
      access_token: pair.accessToken,
      refresh_token: pair.refreshToken,
      token_type: 'Bearer',
      expires_in: options.accessTokenSeconds,
    });
  }

  async function stopIfAsked(step: ServerStep): Promise<void> {
    const reached = stops.get(step);
    stops.delete(step);
    await reached?.();
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  try {
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  } catch {
    // The client was killed: what came of the request is what the provider has.
  }
  return body;
}

function send(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}
