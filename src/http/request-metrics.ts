/** Reports each answered request by its row of the route table. Called by server.ts. What was asked for is never told: a path
 *  that fits no row has no name. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Metrics } from '../observe/measures.js';

export function measureRequests(app: FastifyInstance, metrics: Pick<Metrics, 'requestAnswered'>): void {
  app.addHook('onResponse', async ({ routeOptions, method }, reply) => {
    const { statusCode, elapsedTime } = reply;
    if (isStream(reply)) return; // as long as somebody listens
    metrics.requestAnswered({ route: routeOptions.url ?? null, method, status: statusCode, tookMs: elapsedTime });
  });
}

function isStream(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream');
}
