import { GraphQLError } from 'graphql';
import { expect, test } from 'vitest';
import { Fault } from '../../src/errors.js';
import { faultIn, formatGraphqlError } from '../../src/graphql/error-answer.js';

/** As graphql-js wraps what a resolver threw, and as Apollo hands it over. */
function answerTo(thrown: Error, extensions: Record<string, unknown> = {}) {
  const wrapped = new GraphQLError(thrown.message, { originalError: thrown, path: ['me'], extensions });
  return formatGraphqlError(wrapped.toJSON(), wrapped);
}

test('a fault keeps its sentence, code and remedy, and what a client can act on', () => {
  const fault = new Fault(
    'PROVIDER_RATE_LIMITED',
    { provider: 'demo', retryAfterSeconds: 7 },
    'planted detail',
    new Error('planted cause'),
  );
  const answer = answerTo(fault);
  expect(answer).toEqual({
    message: 'The provider "demo" asks for fewer calls. Try again in 7 seconds.',
    path: ['me'],
    extensions: { code: 'PROVIDER_RATE_LIMITED', remedy: 'RETRY', retryAfterSeconds: 7 },
  });
});

test('a fault of the input names the field', () => {
  expect(answerTo(new Fault('BAD_USER_INPUT', { field: 'reason', why: 'Say why.' })).extensions).toEqual({
    code: 'BAD_USER_INPUT',
    remedy: 'RETRY',
    field: 'reason',
  });
});

test.each([
  ['an unexpected error', new Error('planted secret')],
  [
    'an error that carries extensions of its own',
    Object.assign(new Error('planted secret'), { extensions: { code: 'E', stack: 'planted' } }),
  ],
  ['an error in an error', new Error('planted', { cause: new Fault('NOT_CONNECTED') })],
])('%s is masked as INTERNAL', (_what, error) => {
  const answer = answerTo(error, { exception: 'planted' });
  expect(answer).toEqual({
    message: new Fault('INTERNAL').message,
    path: ['me'],
    extensions: { code: 'INTERNAL', remedy: 'RETRY' },
  });
});

test('a fault is found under any number of wrappings', () => {
  const fault = new Fault('FORBIDDEN');
  const once = new GraphQLError('once', { originalError: fault });
  expect(faultIn(new GraphQLError('twice', { originalError: once }))).toBe(fault);
  expect(faultIn('not even an error')).toBeNull();
});

test('words of GraphQL about a document are kept', () => {
  const error = new GraphQLError('Cannot query field "x" on type "Query".', {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
  expect(formatGraphqlError(error.toJSON(), error)).toMatchObject({ message: error.message });
});
