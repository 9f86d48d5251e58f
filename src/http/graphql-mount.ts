/** Puts the GraphQL API at /graphql. Called by server.ts. Builds each request's context, and holds the media types:
 *  an answer outside the 200s is never application/json, which clients take for the answer of something in between
 *  (GraphQL over HTTP §6.4). */
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../callers/caller.js';
import type { Config } from '../config/config.js';
import type { GraphqlContext } from '../graphql/context.js';
import { createGraphqlServer } from '../graphql/graphql-server.js';
import type { UseCases } from '../graphql/use-cases.js';
import type { Logger } from '../observe/logger.js';
import { noMetrics, type Metrics } from '../observe/measures.js';
import { setBrowserCookie } from './browser-cookie.js';
import { httpAnswerOf, reportFault, setAnswerHeaders } from './problem-answer.js';
import type { Authenticate } from './request-caller.js';
import type { Route } from './route.js';

export interface GraphqlMountParts {
  readonly config: Pick<Config, 'introspection' | 'limits' | 'server'>;
  readonly useCases: UseCases;
  readonly authenticate: Authenticate;
  readonly log: Logger;
  readonly metrics?: Pick<Metrics, 'fieldAnswered'>;
}

export interface GraphqlMount {
  readonly routes: readonly Route[];
  /** Answers what is under way, takes nothing new, and closes the server with it: 10 s at most. */
  stop(): Promise<void>;
}

const bodyLimitBytes = 256 * 1024;
const answerType = 'application/graphql-response+json; charset=utf-8';

export async function mountGraphql(app: FastifyInstance, parts: GraphqlMountParts): Promise<GraphqlMount> {
  const { config, log, metrics = noMetrics } = parts;
  const apollo = createGraphqlServer({
    introspection: config.introspection,
    limits: config.limits.query,
    log,
    metrics,
    plugins: [fastifyApolloDrainPlugin<GraphqlContext>(app)],
  });
  await apollo.start();
  const execute = fastifyApolloHandler(apollo, {
    context: async (request, reply) => contextOf(request, reply, parts),
  });

  const route = {
    path: '/graphql',
    who: 'anyone', // the resolvers ask for the caller, so that a refusal has GraphQL's shape
    bodyLimitBytes,
    accepts: 'application/json',
    isOpenToApps: true,
    async handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      const body: unknown = await execute.call(app, request, reply);
      if (reply.statusCode >= 300) void reply.type(answerType);
      return body;
    },
    handleFault: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      answerGraphqlFault(error, { request, reply, log }),
  } as const;
  return {
    routes: [
      { ...route, method: 'POST' },
      { ...route, method: 'GET' },
    ],
    stop: () => apollo.stop(),
  };
}

function contextOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { config, useCases, authenticate, log }: GraphqlMountParts,
): GraphqlContext {
  const { publicUrl } = config.server;
  let caller: Promise<Caller> | null = null;
  return {
    authenticate: () => (caller ??= authenticate(request.headers.authorization)),
    requestId: request.id,
    setCookie: (cookie) => setBrowserCookie(reply, cookie, { isHttps: publicUrl.startsWith('https:') }),
    useCases,
    publicUrl,
    log: log.child({ requestId: request.id }),
  };
}

/** What went wrong before GraphQL saw the request: malformed JSON, a body too long, a media type not taken. */
function answerGraphqlFault(
  error: unknown,
  { request, reply, log }: { request: FastifyRequest; reply: FastifyReply; log: Logger },
): FastifyReply {
  const answer = httpAnswerOf(error);
  reportFault(error, answer, log);
  setAnswerHeaders(reply, answer);
  const { status, message, code, remedy } = answer;
  return reply
    .code(status)
    .type(answerType)
    .serializer(JSON.stringify)
    .send({ errors: [{ message, extensions: { code, remedy, requestId: request.id } }] });
}
