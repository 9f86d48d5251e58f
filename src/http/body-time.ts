/** How long a request's body may take to come. Called by server.ts for every request that has one. Node.js has a limit of its
 *  own for that, and knows no exception; a body that flows through us (stream-route.ts) may take as long as it flows. */
import type { IncomingMessage, Server } from 'node:http';
import type { Clock } from '../clock.js';
import { answerBrokenRequest } from './broken-request.js';

export interface BodyTimeOptions {
  readonly clock: Clock;
  readonly ms: number;
  /** Of the answer to a body that was too slow. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface BodyTime {
  /** This one may take as long as it flows. */
  lift(request: IncomingMessage): void;
}

export function limitBodyTime(server: Server, { clock, ms, headers }: BodyTimeOptions): BodyTime {
  const alarms = new WeakMap<IncomingMessage, () => void>();
  const lift = (request: IncomingMessage): void => alarms.get(request)?.();

  // Before the server's own listener, which may lift it at once.
  server.prependListener('request', (request: IncomingMessage) => {
    if (!hasBody(request)) return;
    const stop = clock.alarm(ms, () => answerBrokenRequest(tooSlow(), request.socket, headers));
    alarms.set(request, stop);
    request.once('end', stop);
    request.once('close', stop);
  });
  return { lift };
}

function tooSlow(): Error & { readonly code: string } {
  return Object.assign(new Error('the body took too long'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
}

/** RFC 9112 §6: a request has a body when it carries one of these two. */
export function hasBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
