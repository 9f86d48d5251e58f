/** One line for each answered request, and its id on every line that is logged while it is answered. Called by server.ts,
 *  before the first hook that may log. The path is logged without its query: authorization codes, states and handles
 *  travel there. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from '../observe/logger.js';

const maxPathLength = 256;

export function logRequests(app: FastifyInstance, log: Logger): void {
  app.addHook('onRequest', ({ id }, _reply, done) => log.during({ requestId: id }, done));
  app.addHook('onResponse', async (request, reply) => {
    const line = {
      event: 'http.answered',
      requestId: request.id,
      method: request.method,
      path: pathOf(request),
      status: reply.statusCode,
      tookMs: Math.round(reply.elapsedTime),
    };
    if (isProbe(request.url)) log.debug(line);
    else log.info(line);
  });
}

/** What is asked of a provider's API is the user's own business: names and numbers stand in such paths. */
function pathOf({ url, routeOptions }: FastifyRequest): string {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  const shown = routeOptions.url === '/proxy/:provider/*' ? path.replace(/^(\/proxy\/[^/]*\/).*$/s, '$1*') : path;
  return shown.slice(0, maxPathLength);
}

function isProbe(url: string): boolean {
  return url === '/healthz' || url === '/readyz';
}
