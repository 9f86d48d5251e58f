/** Puts the GraphQL API at /graphql. Called by server.ts. Builds each request's context, and holds the media types:
 *  an answer outside the 200s is never application/json, which clients take for the answer of something in between
 *  (GraphQL over HTTP §6.4). */
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../callers/caller.js';
import type { Clock } from '../clock.js';
import type { Config } from '../config/config.js';
import { Fault } from '../errors.js';
import type { Deadline, GraphqlContext } from '../graphql/context.js';
import { createGraphqlServer } from '../graphql/graphql-server.js';
import type { UseCases } from '../graphql/use-cases.js';
import type { Logger } from '../observe/logger.js';
import { noMetrics, type Metrics } from '../observe/measures.js';
import type { Admission } from './admission.js';
import { setBrowserCookie } from './browser-cookie.js';
import { createDeadline } from './deadline.js';
import type { RequestDeadline } from './deadline.js';
import { httpAnswerOf, reportFault, setAnswerHeaders } from './problem-answer.js';
import type { Authenticate } from './request-caller.js';
import type { Route } from './route.js';
import { createStreams } from './streams/streams.js';
import type { StreamVisit } from './streams/streams.js';

export interface GraphqlMountParts {
  readonly config: Pick<Config, 'introspection' | 'limits' | 'server'>;
  readonly useCases: UseCases;
  readonly authenticate: Authenticate;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Pick<Metrics, 'fieldAnswered'>;
}

export interface GraphqlMount {
  readonly routes: readonly Route[];
  countStreams(): number;
  /** Ends the streams, answers what is under way, takes nothing new, and closes the server with it: 10 s at most. */
  stop(): Promise<void>;
}

const bodyLimitBytes = 256 * 1024;
const answerType = 'application/graphql-response+json; charset=utf-8';

export async function mountGraphql(app: FastifyInstance, parts: GraphqlMountParts): Promise<GraphqlMount> {
  const { config, admission, log, metrics = noMetrics } = parts;
  const { apollo, streamed } = createGraphqlServer({
    introspection: config.introspection,
    limits: config.limits.query,
    log,
    metrics,
    plugins: [fastifyApolloDrainPlugin<GraphqlContext>(app)],
  });
  await apollo.start();
  const streams = createStreams({ operations: streamed, limits: config.limits, clock: parts.clock, log });
  const execute = fastifyApolloHandler(apollo, {
    context: async (request, reply) => contextOf(request, reply, { parts, visit: visitOf(request) }),
  });

  const route = {
    path: '/graphql',
    who: 'anyone', // the resolvers ask for the caller, so that a refusal has GraphQL's shape
    bodyLimitBytes,
    accepts: 'application/json',
    admitsItself: true,
    isOpenToApps: true,
    async handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      const visit = beginVisit(request, parts);
      try {
        await visit.deadline.race(admit(request, reply, { visit, admission }));
        if (streams.isMeant(request)) return await streams.answer(streamVisitOf(request, reply, { parts, visit }));
        const body: unknown = await execute.call(app, request, reply);
        if (reply.statusCode < 300) return body;
        void reply.type(answerType);
        return withRequestId(body, request.id);
      } finally {
        visit.deadline.clear();
      }
    },
    handleFault: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      answerGraphqlFault(error, { request, reply, log }),
  } as const;
  return {
    routes: [
      { ...route, method: 'POST' },
      { ...route, method: 'GET' },
      // Reserve a stream for several operations, and end one of them (GraphQL over SSE).
      { ...route, method: 'PUT' },
      { ...route, method: 'DELETE' },
    ],
    countStreams: () => streams.count(),
    stop() {
      streams.end();
      return apollo.stop();
    },
  };
}

/** What one request is known by while it is answered. */
interface Visit {
  readonly deadline: RequestDeadline;
  /** Verifies once, however often it is asked. */
  authenticate(): Promise<Caller>;
}

const visits = new WeakMap<FastifyRequest, Visit>();

function beginVisit(request: FastifyRequest, { authenticate, clock, config }: GraphqlMountParts): Visit {
  let caller: Promise<Caller> | null = null;
  const visit: Visit = {
    deadline: createDeadline({ clock, ms: config.limits.requestMs }),
    authenticate: () => (caller ??= authenticate(request.headers.authorization)),
  };
  visits.set(request, visit);
  return visit;
}

function visitOf(request: FastifyRequest): Visit {
  const visit = visits.get(request);
  if (!visit) throw new Error('A context was asked for before its request was let in.');
  return visit;
}

/** A caller whose JWT is refused is let in all the same: the resolvers say so, each field for itself. */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  { visit, admission }: { readonly visit: Visit; readonly admission: Admission },
): Promise<void> {
  if (request.headers.authorization === undefined) return admission.admitAddress(request);
  try {
    await admission.admitCaller(request, reply, visit.authenticate);
  } catch (error) {
    if (error instanceof Fault && error.code === 'TOO_MANY_REQUESTS') throw error;
  }
}

function contextOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { parts, visit }: { readonly parts: GraphqlMountParts; readonly visit: Visit },
): GraphqlContext {
  const { config, useCases, log } = parts;
  const { publicUrl } = config.server;
  return {
    authenticate: visit.authenticate,
    requestId: request.id,
    deadline: visit.deadline,
    setCookie: (cookie) => setBrowserCookie(reply, cookie, { isHttps: publicUrl.startsWith('https:') }),
    useCases,
    publicUrl,
    log: log.child({ requestId: request.id }),
  };
}

function streamVisitOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { parts, visit }: { readonly parts: GraphqlMountParts; readonly visit: Visit },
): StreamVisit {
  const authenticate = () => parts.authenticate(request.headers.authorization);
  const context = contextOf(request, reply, { parts, visit });
  return {
    request,
    reply,
    authenticate,
    // Of a stream each answer has its time.
    contextFor: (kind) => (kind === 'request' ? context : { ...context, authenticate, deadline: anewEachTime(parts) }),
  };
}

function anewEachTime({ clock, config }: GraphqlMountParts): Deadline {
  return {
    isOver: () => false,
    race(work) {
      const deadline = createDeadline({ clock, ms: config.limits.requestMs });
      return deadline.race(work).finally(() => deadline.clear());
    },
  };
}

/** What Apollo refuses before its pipeline (CSRF, batches, a body that is none) has met no plugin of ours. */
function withRequestId(body: unknown, requestId: string): unknown {
  if (typeof body !== 'string') return body;
  const answer = JSON.parse(body) as { readonly errors?: readonly { readonly extensions?: object }[] };
  const errors = answer.errors?.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } }));
  return JSON.stringify({ ...answer, ...(errors ? { errors } : {}) });
}

/** What went wrong before GraphQL saw the request: malformed JSON, a body too long, a media type not taken. */
function answerGraphqlFault(
  error: unknown,
  { request, reply, log }: { request: FastifyRequest; reply: FastifyReply; log: Logger },
): FastifyReply {
  const answer = httpAnswerOf(error);
  reportFault(error, answer, log);
  setAnswerHeaders(reply, answer);
  const { status, message, code, remedy, retryAfterSeconds } = answer;
  const waiting = retryAfterSeconds === null ? {} : { retryAfterSeconds };
  return reply
    .code(status)
    .type(answerType)
    .serializer(JSON.stringify)
    .send({ errors: [{ message, extensions: { code, remedy, ...waiting, requestId: request.id } }] });
}
