/** Lets the browser apps of the configured origins call the routes that are open to apps (Fetch standard, CORS protocol).
 *  Called by route-table.ts. Credentials are never allowed: a caller proves itself with a bearer token, and a cookie of
 *  ours must not act for a page of another origin. */
import type { FastifyReply, FastifyRequest } from 'fastify';

const requestHeaders =
  'authorization, content-type, apollo-require-preflight, x-apollo-operation-name, x-graphql-event-stream-token';
const preflightSeconds = 600;

/** Without credentials `*` is all but authorization (Fetch standard, CORS-safelisting). */
const streamHeaders = '*, authorization';

export interface CrossOrigin {
  /** Marks an answer as readable by the origin that asked, when it is one of ours. */
  allow(request: FastifyRequest, reply: FastifyReply): void;
  /** Answers the question that a browser asks before it sends. */
  answerPreflight(request: FastifyRequest, reply: FastifyReply, methods: readonly string[]): FastifyReply;
  /** The same two for what passes through to somebody else's API, with whatever headers that has. */
  allowStream(request: FastifyRequest, reply: FastifyReply): void;
  answerStreamPreflight(request: FastifyRequest, reply: FastifyReply, methods: readonly string[]): FastifyReply;
}

export function createCrossOrigin(origins: readonly string[]): CrossOrigin {
  const allowed = new Set(origins);

  return {
    allow: (request, reply) => expose(request, reply, 'x-request-id, retry-after'),
    answerPreflight: (request, reply, methods) => answer(request, reply, { methods, headers: requestHeaders }),
    allowStream: (request, reply) => expose(request, reply, '*'),
    answerStreamPreflight: (request, reply, methods) => answer(request, reply, { methods, headers: streamHeaders }),
  };

  function expose(request: FastifyRequest, reply: FastifyReply, headers: string): void {
    void reply.header('vary', 'Origin');
    if (!isAllowed(request)) return;
    void reply.header('access-control-allow-origin', request.headers.origin);
    void reply.header('access-control-expose-headers', headers);
  }

  function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    { methods, headers }: { readonly methods: readonly string[]; readonly headers: string },
  ): FastifyReply {
    if (isAllowed(request)) {
      void reply.header('access-control-allow-methods', methods.join(', '));
      void reply.header('access-control-allow-headers', headers);
      void reply.header('access-control-max-age', String(preflightSeconds));
    }
    return reply.header('allow', methods.join(', ')).code(204).send();
  }

  function isAllowed({ headers }: FastifyRequest): boolean {
    return headers.origin !== undefined && allowed.has(headers.origin);
  }
}
