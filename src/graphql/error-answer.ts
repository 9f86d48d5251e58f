/** Turns what was thrown into what a caller is told. Called by Apollo for every error of an answer.
 *  A Fault keeps its sentence; GraphQL's own words about a document keep theirs; anything else is masked. No stack, ever. */
import { GraphQLError } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import { Fault } from '../errors.js';
import { withoutValue } from './refused-variable.js';

/** Codes of Apollo and graphql-js for what the document or the request got wrong. */
const clientCodes: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

export function formatGraphqlError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const { locations, path } = formatted;
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  const fault = faultIn(error);
  if (fault) return { message: fault.message, ...place, extensions: extensionsOf(fault) };
  const code = formatted.extensions?.['code'];
  if (clientCodes.has(code)) {
    return { message: withoutValue(formatted.message, error), ...place, extensions: { code, remedy: 'RETRY' } };
  }
  const masked = new Fault('INTERNAL');
  return { message: masked.message, ...place, extensions: extensionsOf(masked) };
}

/** The Fault that a resolver threw, under the wrapping that graphql-js put round it. */
export function faultIn(error: unknown): Fault | null {
  if (error instanceof Fault) return error;
  return error instanceof GraphQLError && error.originalError ? faultIn(error.originalError) : null;
}

/** Whether the document or its variables are at fault, and not Latchkey. */
export function isClientFault(error: unknown): boolean {
  return error instanceof GraphQLError && clientCodes.has(error.extensions['code']);
}

function extensionsOf({ code, remedy, facts: { field, retryAfterSeconds } }: Fault): Record<string, unknown> {
  return {
    code,
    remedy,
    ...(field === undefined ? {} : { field }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}
