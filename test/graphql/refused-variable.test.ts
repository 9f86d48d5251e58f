import { array, assert, constantFrom, dictionary, letrec, oneof, property, string } from 'fast-check';
import { GraphQLError, Kind, parse } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { expect, test } from 'vitest';
import { buildGraphqlSchema } from '../../src/graphql/build-schema.js';
import { withoutValue } from '../../src/graphql/refused-variable.js';

const schema = buildGraphqlSchema();

/** What is said about variables that the real schema refuses. */
function refusals(type: string, value: unknown): string[] {
  return coercionErrors(type, value).map((error) => withoutValue(error.message, error));
}

function coercionErrors(type: string, value: unknown): readonly GraphQLError[] {
  const [operation] = parse(`query ($v: ${type}) { __typename }`).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('the document is no operation');
  return getVariableValues(schema, operation.variableDefinitions ?? [], { v: value }).errors ?? [];
}

test.each([
  [
    'AuthorizationAnswerInput!',
    { callbackUrl: 'https://a.example/?code=planted; x', handle: 'planted' },
    'Variable "$v" got an invalid value: Exactly one key must be specified for OneOf type "AuthorizationAnswerInput".',
  ],
  [
    'CompleteAuthorizationInput!',
    { answer: { handle: { code: 'planted' } } },
    'Variable "$v" got an invalid value at "v.answer.handle": String cannot represent a non string value.',
  ],
  ['Int', 'planted at "x"', 'Variable "$v" got an invalid value: Int cannot represent non-integer value.'],
  ['AccountStatus', 'planted', 'Variable "$v" got an invalid value: The value is none of the enum "AccountStatus".'],
  [
    'AccountStatus',
    ['planted'],
    'Variable "$v" got an invalid value: Enum "AccountStatus" cannot represent non-string value.',
  ],
  [
    'URL',
    'planted',
    'Variable "$v" got an invalid value: URL must be an absolute URL of at most 4096 characters, such as https://app.example/done.',
  ],
  ['String!', null, 'Variable "$v" of non-null type "String!" must not be null.'],
])('a refused %s is told of without its value', (type, value, expected) => {
  expect(refusals(type, value)).toEqual([expected]);
});

test('no value of any shape comes back', () => {
  const marked = string().map((text) => `${text}pl4nted${text}`);
  const value = letrec((tie) => ({
    any: oneof(
      marked,
      array(tie('any'), { maxLength: 3 }),
      dictionary(constantFrom('callbackUrl', 'handle', 'parts', 'code', 'state', 'provider'), tie('any')),
    ),
  })).any;
  const types = constantFrom(
    'AuthorizationAnswerInput',
    'AuthorizationPartsInput',
    'Int',
    'AccountStatus',
    'URL',
    'Boolean',
  );
  assert(property(types, value, (type, given) => refusals(type, given).every((text) => !text.includes('pl4nted'))));
});

test('graphql-js itself would repeat it', () => {
  expect(String(coercionErrors('Int', 'pl4nted'))).toContain('pl4nted');
});

test('a message about a variable without a reason beside it loses all that follows its name', () => {
  const message = 'Variable "$v" got invalid value "planted"';
  expect(withoutValue(message, new GraphQLError(message))).toBe('Variable "$v" got an invalid value.');
});
