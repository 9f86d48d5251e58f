/** Puts a route whose bodies flow into the server: every method but TRACE (RFC 9110 §9.3.8 sends back what it got) and
 *  CONNECT, no parser, and no limit of length or time but the handler's own. Called by route-table.ts. A request is answered
 *  before anything of its body is looked at. */
import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CrossOrigin } from './cross-origin.js';

export interface StreamRoute {
  readonly path: string;
  readonly crossOrigin: CrossOrigin;
  /** Lets the request in, or throws. */
  admit(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** A browser's question before it sends, which no token comes with. */
  admitPreflight(request: FastifyRequest): void;
  /** Answers by itself. */
  handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
  answerFault(error: unknown, request: FastifyRequest, reply: FastifyReply): unknown;
}

export const streamedMethods = METHODS.filter((method) => !['CONNECT', 'TRACE'].includes(method));

export function addStreamRoute(app: FastifyInstance, route: StreamRoute): void {
  const { crossOrigin } = route;
  app.route({
    method: streamedMethods,
    url: route.path,
    onRequest: async (request, reply) => {
      crossOrigin.allowStream(request, reply);
      if (isPreflight(request)) {
        route.admitPreflight(request);
        return crossOrigin.answerStreamPreflight(request, reply, streamedMethods);
      }
      await route.admit(request, reply);
      await route.handle(request, reply);
      return reply;
    },
    handler: () => undefined,
    errorHandler: (error, request, reply) => route.answerFault(error, request, reply),
  });
}

/** Fetch standard, CORS-preflight request; any other OPTIONS is meant for the provider. */
function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}
