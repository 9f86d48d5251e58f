/** Who calls a route that only callers may call. route-table.ts notes it before the handler; the handler asks callerOf. */
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../callers/caller.js';

/** Verifies the Authorization header. Throws UNAUTHENTICATED. */
export type Authenticate = (authorizationHeader: string | undefined) => Promise<Caller>;

const callers = new WeakMap<FastifyRequest, Caller>();

export function noteCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** The caller of a request to a route whose `who` is `caller`. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (!caller) throw new Error('callerOf was asked in a route that anyone may call.');
  return caller;
}
