/** Reads an operation from a request (GraphQL over HTTP §5.3, GraphQL over SSE), and says whether its answer is to be a
 *  stream. Called by streams.ts. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { fail } from '../../errors.js';
import type { GivenOperation } from '../../graphql/streamed-operations.js';

export interface StreamRequest extends GivenOperation {
  /** In a stream that carries several operations: its own name there. */
  readonly operationId: string | null;
}

const tokenHeader = 'x-graphql-event-stream-token';

/** The stream that the request belongs to. Never from the address: addresses are logged on the way. */
export function streamTokenOf({ headers }: FastifyRequest): string | null {
  const token = headers[tokenHeader];
  return typeof token === 'string' ? token : null;
}

/** Null where the client takes JSON too: then a subscription alone is streamed. */
export function asksForStream({ headers }: FastifyRequest): boolean | null {
  const types = (headers.accept ?? '').split(',').map((range) => range.split(';', 1)[0]?.trim().toLowerCase());
  if (!types.includes('text/event-stream')) return false;
  return types.some((type) => type === 'application/json' || type === 'application/graphql-response+json')
    ? null
    : true;
}

/** Throws BAD_USER_INPUT. */
export function readOperation(request: FastifyRequest): StreamRequest {
  const read = schema.safeParse(request.method === 'GET' ? fromAddress(request.query) : request.body);
  if (!read.success) return refuse();
  const { query, operationName, variables, extensions } = read.data;
  return {
    query,
    operationName: operationName ?? null,
    variables: variables ?? {},
    operationId: extensions?.operationId ?? null,
  };
}

const schema = z.object({
  query: z.string(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  extensions: z.object({ operationId: z.string().min(1).max(64).optional() }).nullish(),
});

function fromAddress(query: unknown): unknown {
  const given = z.record(z.string(), z.unknown()).safeParse(query).data ?? {};
  return { ...given, variables: fromJson(given['variables']), extensions: fromJson(given['extensions']) };
}

function fromJson(text: unknown): unknown {
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return refuse();
  }
}

function refuse(): never {
  return fail('BAD_USER_INPUT', {
    field: 'query',
    why: 'The request holds no operation: send "query", and "operationName", "variables" and "extensions" where needed.',
  });
}
