/** Answers GraphQL operations as event streams, after the GraphQL over SSE protocol: each in a stream of its own, or several
 *  in one that was reserved before. Called by graphql-mount.ts for requests that ask for it.
 *  Must never: open more streams than the limits say, run an operation that a plain request would be refused, or let a
 *  stream outlive the JWT that it was opened with. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../callers/caller.js';
import type { Clock } from '../../clock.js';
import { Fault, fail } from '../../errors.js';
import type { GraphqlContext } from '../../graphql/context.js';
import type { OperationAnswers, StreamedOperations } from '../../graphql/streamed-operations.js';
import type { Logger } from '../../observe/logger.js';
import { createConcurrency } from '../concurrency.js';
import { HttpFault } from '../http-fault.js';
import { openEventStream } from './event-stream.js';
import type { EventStream } from './event-stream.js';
import { asksForStream, readOperation, streamTokenOf } from './given-operation.js';
import { createReservedStreams } from './reserved-streams.js';
import type { ReservedStream } from './reserved-streams.js';
import { watchSession } from './watch-session.js';

export interface Streams {
  /** Whether the request is one of this protocol. */
  isMeant(request: FastifyRequest): boolean;
  /** Throws UNAUTHENTICATED, TOO_MANY_REQUESTS, BAD_USER_INPUT and HttpFaults. */
  answer(visit: StreamVisit): Promise<unknown>;
  count(): number;
  /** Ends all, so that their clients come back to another instance, and opens no more. */
  end(): void;
}

export interface StreamVisit {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Verifies the JWT of this request anew each time. */
  authenticate(): Promise<Caller>;
  /** For one operation of this request. */
  contextFor(kind: 'stream' | 'request'): GraphqlContext;
}

export interface StreamsParts {
  readonly operations: StreamedOperations;
  readonly limits: { readonly streams: number; readonly userStreams: number };
  readonly clock: Clock;
  readonly log: Logger;
}

const HEARTBEAT_MS = 12_000;
const MOST_OPERATIONS = 20;

export function createStreams({ operations, limits, clock, log }: StreamsParts): Streams {
  const open = new Set<EventStream>();
  const places = createConcurrency(limits.userStreams);
  const reserved = createReservedStreams({ clock });
  let isEnding = false;

  return {
    isMeant(request) {
      if (request.method === 'PUT' || request.method === 'DELETE' || streamTokenOf(request) !== null) return true;
      return asksForStream(request) ?? operations.kindOf(readOperation(request)) === 'subscription';
    },

    async answer(visit) {
      const caller = await visit.authenticate();
      const token = streamTokenOf(visit.request);
      if (visit.request.method === 'PUT') return reserve(visit, caller);
      if (token === null) return visit.request.method === 'DELETE' ? notFound() : answerOne(visit, caller);
      const own = reserved.find(caller.id, token) ?? notFound();
      if (visit.request.method === 'DELETE') return complete(visit, own);
      return asksForStream(visit.request) ? attach(visit, caller, own) : operate(visit, caller, own);
    },

    count: () => open.size,

    end() {
      isEnding = true;
      for (const stream of open) stream.end();
    },
  };

  /** A stream for one operation. */
  async function answerOne(visit: StreamVisit, caller: Caller): Promise<FastifyReply> {
    const operation = readOperation(visit.request);
    const kind = operations.kindOf(operation);
    if (kind === 'mutation' && visit.request.method === 'GET') throw new HttpFault('METHOD_NOT_ALLOWED');
    const stream = openStream(caller);
    try {
      const answers = await operations.run(operation, visit.contextFor(kind === 'subscription' ? 'stream' : 'request'));
      void stream.closed.then(() => answers.return());
      void pump(answers, { visit, caller, stream, operationId: null });
    } catch (error) {
      stream.end();
      throw error;
    }
    return sendStream(visit.reply, stream);
  }

  function reserve({ reply }: StreamVisit, caller: Caller): FastifyReply {
    const token = reserved.add(caller.id, openStream(caller));
    return reply.code(201).type('text/plain; charset=utf-8').send(token);
  }

  function attach(visit: StreamVisit, caller: Caller, own: ReservedStream): FastifyReply {
    if (own.isOpen) throw new HttpFault('CONFLICT');
    own.isOpen = true;
    const { authenticate } = visit;
    const stop = watchSession({ caller, authenticate, clock, ended: () => own.stream.end() });
    void own.stream.closed.then(stop);
    return sendStream(visit.reply, own.stream);
  }

  async function operate(visit: StreamVisit, caller: Caller, own: ReservedStream): Promise<FastifyReply> {
    if (visit.request.method !== 'POST') throw new HttpFault('METHOD_NOT_ALLOWED');
    const operation = readOperation(visit.request);
    const { operationId } = operation;
    if (operationId === null) {
      fail('BAD_USER_INPUT', { field: 'extensions.operationId', why: 'The operation has no name in its stream.' });
    }
    if (own.operations.has(operationId)) throw new HttpFault('CONFLICT');
    if (own.operations.size >= MOST_OPERATIONS) fail('TOO_MANY_REQUESTS');
    own.operations.set(operationId, null);
    try {
      const isSubscription = operations.kindOf(operation) === 'subscription';
      const answers = await operations.run(operation, visit.contextFor(isSubscription ? 'stream' : 'request'));
      if (!own.operations.has(operationId))
        void answers.return(); // completed by its client meanwhile
      else {
        own.operations.set(operationId, answers);
        void pump(answers, { visit, caller, stream: own.stream, operationId }).then(() =>
          own.operations.delete(operationId),
        );
      }
    } catch (error) {
      own.operations.delete(operationId);
      throw error;
    }
    return visit.reply.code(202).send();
  }

  /** Brings the answers of one operation into its stream until they end, the stream does, or the JWT. Never rejects. */
  async function pump(answers: OperationAnswers, { visit, caller, stream, operationId }: Pumped): Promise<void> {
    const { authenticate } = visit;
    let refusal: unknown = null;
    const stop = watchSession({
      caller,
      authenticate,
      clock,
      ended(fault) {
        refusal = fault;
        void answers.return();
      },
    });
    const send = (payload: object): Promise<boolean> =>
      stream.send('next', operationId === null ? payload : { id: operationId, payload });
    try {
      for await (const answer of answers) if (!(await send(answer))) break;
    } catch (error) {
      refusal ??= error;
      log.error({ event: 'graphql.failed', err: error });
    } finally {
      stop();
    }
    if (refusal !== null) await send(operations.answerOf(refusal, { requestId: visit.request.id }));
    await stream.send('complete', operationId === null ? null : { id: operationId });
    if (operationId === null) stream.end();
  }

  /** Throws TOO_MANY_REQUESTS, and UNAVAILABLE at the end of the process. */
  function openStream({ id }: Caller): EventStream {
    if (isEnding) throw new HttpFault('UNAVAILABLE');
    if (limits.streams > 0 && open.size >= limits.streams) tooMany();
    const leave = places.enter(id) ?? tooMany();
    const stream = openEventStream({
      clock,
      heartbeatMs: HEARTBEAT_MS,
      onCut: () => log.info({ event: 'stream.reader_cut' }),
    });
    open.add(stream);
    void stream.closed.finally(() => {
      open.delete(stream);
      leave();
    });
    return stream;
  }
}

interface Pumped {
  readonly visit: StreamVisit;
  readonly caller: Caller;
  readonly stream: EventStream;
  readonly operationId: string | null;
}

function complete({ request, reply }: StreamVisit, own: ReservedStream): FastifyReply {
  const { operationId } = request.query as { readonly operationId?: unknown };
  if (typeof operationId !== 'string') {
    fail('BAD_USER_INPUT', { field: 'operationId', why: 'Say which operation of the stream is complete.' });
  }
  void own.operations.get(operationId)?.return();
  own.operations.delete(operationId);
  return reply.code(200).send();
}

function sendStream(reply: FastifyReply, stream: EventStream): FastifyReply {
  stream.open();
  return reply
    .type('text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no') // proxies that would gather bytes before they pass them on
    .send(stream.body);
}

function notFound(): never {
  throw new HttpFault('STREAM_NOT_FOUND');
}

function tooMany(): never {
  throw new Fault('TOO_MANY_REQUESTS', { retryAfterSeconds: 5 });
}
