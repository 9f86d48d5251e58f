/** One line for each answered request, and its id on every line that is logged while it is answered. Called by server.ts,
 *  before the first hook that may log. The path is logged without its query: authorization codes, states and handles
 *  travel there. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../observe/logger.js';

const maxPathLength = 256;

export function logRequests(app: FastifyInstance, log: Logger): void {
  app.addHook('onRequest', ({ id }, _reply, done) => log.during({ requestId: id }, done));
  app.addHook('onResponse', async (request, reply) => {
    const line = {
      event: 'http.answered',
      requestId: request.id,
      method: request.method,
      path: pathOf(request.url),
      status: reply.statusCode,
      tookMs: Math.round(reply.elapsedTime),
    };
    if (isProbe(request.url)) log.debug(line);
    else log.info(line);
  });
}

function pathOf(url: string): string {
  return (url.split(/[?#]/, 1)[0] ?? '').slice(0, maxPathLength);
}

function isProbe(url: string): boolean {
  return url === '/healthz' || url === '/readyz';
}
