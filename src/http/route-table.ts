/** Puts the table of routes into the server. Called by server.ts. Around each handler stand the checks that its row asks
 *  for; a path that exists answers 405 to the methods that it does not serve, with what it serves in Allow. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../observe/logger.js';
import type { Clock } from '../clock.js';
import type { Admission } from './admission.js';
import { hasBody, type BodyTime } from './body-time.js';
import type { CrossOrigin } from './cross-origin.js';
import { createDeadline } from './deadline.js';
import { HttpFault } from './http-fault.js';
import { answerProblem } from './problem-answer.js';
import { noteCaller } from './request-caller.js';
import type { Authenticate } from './request-caller.js';
import type { Route } from './route.js';
import { addStreamRoute, streamedMethods } from './stream-route.js';

export interface RouteTableParts {
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  readonly crossOrigin: CrossOrigin;
  readonly admission: Admission;
  readonly bodyTime: BodyTime;
  readonly clock: Clock;
  /** How long a handler is waited for. */
  readonly requestMs: number;
  readonly log: Logger;
}

export function addRoutes(app: FastifyInstance, parts: RouteTableParts): void {
  for (const route of parts.routes) {
    if (isBounded(route)) addRoute(app, route, parts);
    else addStreamed(app, route, parts);
  }
  for (const path of new Set(parts.routes.map((route) => route.path))) {
    addOtherMethods(app, path, parts);
  }
}

type BoundedRoute = Route & { readonly method: Exclude<Route['method'], 'ANY'> };

function isBounded(route: Route): route is BoundedRoute {
  return route.method !== 'ANY';
}

function addStreamed(app: FastifyInstance, route: Route, parts: RouteTableParts): void {
  const { admission, bodyTime, crossOrigin, log } = parts;
  addStreamRoute(app, {
    path: route.path,
    crossOrigin,
    admit: (request, reply) => admit(request, reply, { route, parts }),
    admitPreflight: (request) => admission.admitAddress(request),
    async handle(request, reply) {
      bodyTime.lift(request.raw);
      return route.handle(request, reply);
    },
    answerFault: (error, request, reply) => answerFault(error, { request, reply, route, log }),
  });
}

function addRoute(app: FastifyInstance, route: BoundedRoute, parts: RouteTableParts): void {
  const { crossOrigin, log } = parts;
  app.route({
    method: route.method,
    url: route.path,
    bodyLimit: Math.max(route.bodyLimitBytes, 1), // fastify takes no 0
    onRequest: async (request, reply) => {
      if (route.isOpenToApps) crossOrigin.allow(request, reply);
      assertMediaType(request, route);
      await admit(request, reply, { route, parts });
    },
    handler: (request, reply) => handleInTime(request, reply, { route, parts }),
    errorHandler: (error, request, reply) => answerFault(error, { request, reply, route, log }),
  });
}

interface Row {
  readonly route: Route;
  readonly parts: RouteTableParts;
}

async function admit(request: FastifyRequest, reply: FastifyReply, { route, parts }: Row): Promise<void> {
  const { admission, authenticate } = parts;
  if (route.isUnlimited || route.admitsItself) return;
  if (route.who === 'anyone') return admission.admitAddress(request);
  noteCaller(request, await admission.admitCaller(request, reply, () => authenticate(request.headers.authorization)));
}

async function handleInTime(request: FastifyRequest, reply: FastifyReply, { route, parts }: Row): Promise<unknown> {
  if (route.admitsItself) return route.handle(request, reply);
  const deadline = createDeadline({ clock: parts.clock, ms: parts.requestMs });
  try {
    return await deadline.race(route.handle(request, reply));
  } finally {
    deadline.clear();
  }
}

function addOtherMethods(app: FastifyInstance, path: string, parts: RouteTableParts): void {
  const { routes, admission, crossOrigin, log } = parts;
  const siblings = routes.filter((route) => route.path === path);
  const served = servedMethods(siblings);
  const preflighted = siblings.some((route) => route.isOpenToApps && isBounded(route));
  if (preflighted) {
    app.options(path, async (request, reply) => {
      crossOrigin.allow(request, reply);
      admission.admitAddress(request);
      return crossOrigin.answerPreflight(request, reply, served);
    });
  }
  app.route({
    method: app.supportedMethods.filter((method) => !served.includes(method) && !(preflighted && method === 'OPTIONS')),
    url: path,
    onRequest: async (request, reply) => {
      admission.admitAddress(request);
      void reply.header('allow', served.join(', '));
      throw new HttpFault('METHOD_NOT_ALLOWED');
    },
    handler: () => undefined,
    errorHandler: (error, request, reply) => answerFault(error, { request, reply, route: siblings[0], log }),
  });
}

function servedMethods(routes: readonly Route[]): string[] {
  return routes.flatMap(({ method }) => {
    if (method === 'ANY') return streamedMethods;
    return method === 'GET' ? ['GET', 'HEAD'] : [method];
  });
}

function assertMediaType(request: FastifyRequest, { method, accepts }: Route): void {
  if (method === 'GET' || !hasBody(request.raw)) return;
  if (request.mediaType !== (accepts ?? 'application/x-www-form-urlencoded'))
    throw new HttpFault('UNSUPPORTED_MEDIA_TYPE');
}

function answerFault(
  error: unknown,
  {
    request,
    reply,
    route,
    log,
  }: { request: FastifyRequest; reply: FastifyReply; route: Route | undefined; log: Logger },
): unknown {
  if (route?.handleFault) return route.handleFault(error, request, reply);
  return answerProblem(error, { request, reply, log });
}
