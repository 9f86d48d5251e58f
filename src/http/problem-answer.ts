/** Answers faults over plain HTTP as problem documents (RFC 9457). Called by server.ts for every route without a shape of
 *  its own. What is no Fault and no HttpFault is a fault of Latchkey: it is logged in full and answered in general words. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../errors.js';
import type { FaultCode, Remedy } from '../errors.js';
import type { Logger } from '../observe/logger.js';
import { HttpFault, httpFaultOf } from './http-fault.js';
import type { HttpFaultCode } from './http-fault.js';

/** A fault as every shape of answer needs it. */
export interface HttpAnswer {
  readonly status: number;
  readonly code: FaultCode | HttpFaultCode;
  readonly remedy: Remedy;
  readonly message: string;
  readonly retryAfterSeconds: number | null;
}

export function answerProblem(
  error: unknown,
  { request, reply, log }: { request: FastifyRequest; reply: FastifyReply; log: Logger },
): FastifyReply {
  const answer = httpAnswerOf(error);
  reportFault(error, answer, log);
  setAnswerHeaders(reply, answer);
  return reply.code(answer.status).type('application/problem+json').serializer(JSON.stringify).send({
    type: 'about:blank',
    title: answer.code,
    status: answer.status,
    detail: answer.message,
    code: answer.code,
    remedy: answer.remedy,
    requestId: request.id,
  });
}

/** What is told of anything that was thrown. */
export function httpAnswerOf(error: unknown): HttpAnswer {
  if (error instanceof Fault) {
    const { code, remedy, message, facts } = error;
    return { status: statuses[code], code, remedy, message, retryAfterSeconds: facts.retryAfterSeconds ?? null };
  }
  const fault = asHttpFault(error);
  if (fault) {
    const { statusCode, code, message } = fault;
    return { status: statusCode, code, remedy: 'RETRY', message, retryAfterSeconds: null };
  }
  const { code, remedy, message } = new Fault('INTERNAL');
  return { status: statuses[code], code, remedy, message, retryAfterSeconds: null };
}

export function reportFault(error: unknown, { status, code }: HttpAnswer, log: Logger): void {
  if (status >= 500) log.error({ event: 'http.failed', code, err: error });
  else log.debug({ event: 'http.refused', code, err: error });
}

export function setAnswerHeaders(reply: FastifyReply, { status, retryAfterSeconds }: HttpAnswer): void {
  if (status === 401) reply.header('www-authenticate', 'Bearer'); // RFC 6750 §3
  if (retryAfterSeconds !== null) reply.header('retry-after', String(retryAfterSeconds));
}

/** Fastify's own errors carry a status in the 400s for what the request got wrong. */
function asHttpFault(error: unknown): HttpFault | null {
  if (error instanceof HttpFault) return error;
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return null;
  return error.statusCode >= 400 && error.statusCode < 500 ? httpFaultOf(error.statusCode, error) : null;
}

const statuses: Readonly<Record<FaultCode, number>> = {
  NOT_CONNECTED: 409,
  REAUTHORIZATION_REQUIRED: 409,
  SCOPE_MISSING: 409,
  AMBIGUOUS_ACCOUNT: 409,
  STATE_INVALID: 400,
  AUTHORIZATION_DENIED: 403,
  PROVIDER_RATE_LIMITED: 503,
  PROVIDER_UNAVAILABLE: 502,
  PROVIDER_MISCONFIGURED: 502,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_USER_INPUT: 400,
  UNKNOWN_PROVIDER: 404,
  ACCOUNT_NOT_FOUND: 404,
  TOO_MANY_REQUESTS: 429,
  DEADLINE_EXCEEDED: 504,
  DATABASE_UNAVAILABLE: 503,
  INTERNAL: 500,
};
