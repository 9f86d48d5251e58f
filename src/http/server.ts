/** The HTTP server: checks that every request passes, then the table of routes. Created by app.ts.
 *  An unknown Host gets 421, whatever it asks. Request ids are made here and never taken from outside. */
import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import formBody from '@fastify/formbody';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../clock.js';
import type { Config } from '../config/config.js';
import type { UseCases } from '../graphql/use-cases.js';
import type { Logger } from '../observe/logger.js';
import { noMetrics, type Metrics } from '../observe/measures.js';
import { createAdmission } from './admission.js';
import type { Admission } from './admission.js';
import { limitBodyTime } from './body-time.js';
import { answerBrokenRequest, refuseExpectation } from './broken-request.js';
import { limitConnections } from './connection-limit.js';
import { createCrossOrigin } from './cross-origin.js';
import { mountGraphql } from './graphql-mount.js';
import { createHostCheck } from './host-check.js';
import type { HostCheck } from './host-check.js';
import { HttpFault } from './http-fault.js';
import { listenOn } from './listen.js';
import { answerProblem } from './problem-answer.js';
import type { Authenticate } from './request-caller.js';
import { logRequests } from './request-log.js';
import { measureRequests } from './request-metrics.js';
import { watchConnections } from './quiet-connections.js';
import type { Route } from './route.js';
import { addRoutes } from './route-table.js';
import { streamedMethods } from './stream-route.js';
import { healthRoutes } from './routes/health.js';
import type { ReadinessChecks } from './routes/health.js';
import { addSecurityHeaders, securityHeaders, setSecurityHeaders } from './security-headers.js';

export interface ServerParts {
  readonly config: Pick<Config, 'server' | 'limits' | 'introspection'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Pick<Metrics, 'requestAnswered' | 'fieldAnswered'>;
  /** Pages, callbacks and what else is served beside /graphql, /healthz and /readyz. */
  readonly routes: readonly Route[];
  readonly useCases: UseCases;
  readonly authenticate: Authenticate;
  readonly readiness: ReadinessChecks;
  /** Made for each request; random by default. */
  readonly newRequestId?: () => string;
  readonly timeLimits?: Partial<TimeLimits>;
}

export interface Server {
  /** The table of routes. */
  readonly routes: readonly Pick<Route, 'method' | 'path'>[];
  /** Starts to serve. Throws StartFault when the address cannot be taken. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** From now on /readyz says that it is draining, and connections end with their answer; requests are taken as before. */
  announceEnd(): void;
  /** Event streams that are open. */
  countStreams(): number;
  /** Reports not ready, answers what is under way, and ends: 10 s at most. */
  close(): Promise<void>;
}

const smallBodyBytes = 16 * 1024;

/** How long a client may take, in milliseconds. Together they end what says nothing, or says it byte by byte (slowloris). */
export interface TimeLimits {
  /** From the first byte of a request to the end of its headers. */
  readonly headers: number;
  /** From there to the last one of its body, unless it flows through us. */
  readonly body: number;
  /** Between two requests of one connection; longer than most load balancers wait, so that they end it first. */
  readonly idle: number;
  /** Without a byte in either direction, also while an answer is not taken. */
  readonly silence: number;
  /** How often the first one is looked at. */
  readonly check: number;
}

const timeLimits: TimeLimits = { headers: 10_000, body: 30_000, idle: 72_000, silence: 320_000, check: 5_000 };
const requestsPerConnection = 10_000;

/** How long answers under way are waited for at the end; less than the whole stop may take, so that what is closed after
 *  the server (jobs, refreshes, the database) still ends in good order. */
const closeWithinMs = 7_000;

export async function createServer(parts: ServerParts): Promise<Server> {
  const { config, clock, log } = parts;
  const admission = createAdmission({ limits: config.limits, clock });
  const hosts = createHostCheck(config.server);
  let isDraining = false;

  const app = createApp(parts, hosts);
  const bodyMs = parts.timeLimits?.body ?? timeLimits.body;
  const bodyTime = limitBodyTime(app.server, { clock, ms: bodyMs, headers: headersOf(config) });
  app.server.on('checkExpectation', (request, response) => refuseExpectation(request, response, headersOf(config)));
  limitConnections(app.server, { ...config.server, ...config.limits });
  const connections = watchConnections(app.server);
  addEveryRequestChecks(app, parts, { hosts, admission });
  // A connection that is kept open would hold the end of the drain back until it idles out.
  app.addHook('onSend', async (_request, reply) => {
    if (isDraining) void reply.header('connection', 'close');
  });
  const graphql = await mountGraphql(app, { ...parts, admission });
  const routes = [
    ...graphql.routes,
    ...healthRoutes({ checks: parts.readiness, isDraining: () => isDraining }),
    ...parts.routes,
  ];
  addRoutes(app, {
    ...parts,
    routes,
    crossOrigin: createCrossOrigin(config.server.corsOrigins),
    admission,
    bodyTime,
    requestMs: config.limits.requestMs,
  });
  await app.ready();

  return {
    routes,
    async listen() {
      const port = await listenOn(app, config.server);
      hosts.learnPort(port);
      log.info({ event: 'http.listening', host: config.server.host, port });
      return { host: config.server.host, port };
    },
    announceEnd() {
      isDraining = true;
    },
    countStreams: () => graphql.countStreams(),
    async close() {
      isDraining = true;
      const ended = new AbortController();
      const limit = clock.sleep(closeWithinMs, ended.signal).then(
        () => app.server.closeAllConnections(),
        () => undefined,
      );
      const stopped = graphql.stop();
      connections.end();
      await stopped.finally(() => ended.abort());
      await limit;
    },
  };
}

function createApp(parts: ServerParts, hosts: HostCheck): FastifyInstance {
  const { config, log, newRequestId = randomUUID, timeLimits: given } = parts;
  const { trustedProxies } = config.server;
  const times = { ...timeLimits, ...given };
  const headers = headersOf(config);
  const app = fastify({
    logger: false,
    genReqId: () => newRequestId(),
    requestIdHeader: false,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    bodyLimit: smallBodyBytes,
    requestTimeout: 0, // body-time.ts has the same limit, and lets bodies flow
    keepAliveTimeout: times.idle,
    connectionTimeout: times.silence,
    maxRequestsPerSocket: requestsPerConnection,
    http: { headersTimeout: times.headers, connectionsCheckingInterval: times.check },
    return503OnClosing: false, // what arrives on an open connection during the drain is answered, then it is closed
    frameworkErrors: (error, request, reply) => {
      // Fastify runs no hook for an address that it cannot read.
      setSecurityHeaders(reply, headers);
      void reply.header('x-request-id', request.id);
      const fault = hosts.isKnown(request.host) ? error : new HttpFault('MISDIRECTED_REQUEST');
      log.during({ requestId: request.id }, () => void answerProblem(fault, { request, reply, log }));
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, headers),
  });
  for (const method of streamedMethods) {
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: true });
  }
  return app;
}

function addEveryRequestChecks(
  app: FastifyInstance,
  parts: ServerParts,
  { hosts, admission }: { readonly hosts: HostCheck; readonly admission: Admission },
): void {
  const { config, log, metrics = noMetrics } = parts;
  logRequests(app, log);
  measureRequests(app, metrics);
  addSecurityHeaders(app, headersOf(config));
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
    if (!hosts.isKnown(request.host)) throw new HttpFault('MISDIRECTED_REQUEST');
  });
  app.setErrorHandler((error, request, reply) => answerProblem(error, { request, reply, log }));
  app.setNotFoundHandler((request) => {
    admission.admitAddress(request);
    throw new HttpFault('NOT_FOUND');
  });
  app.removeContentTypeParser('text/plain');
  void app.register(cookie);
  void app.register(formBody);
}

function headersOf({ server }: ServerParts['config']): Readonly<Record<string, string>> {
  return securityHeaders({ isHttps: server.publicUrl.startsWith('https:') });
}
