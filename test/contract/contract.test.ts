import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import type { GraphQLNamedType, GraphQLSchema } from 'graphql';
import { expect, test } from 'vitest';
import { buildGraphqlSchema, printGraphqlSchema } from '../../src/graphql/build-schema.js';
import { problemCodes } from '../../src/errors.js';
import { projectRoot } from '../support/source-tree.js';
import { differencesBetween } from './schema-differences.js';

const contract = readFileSync(join(import.meta.dirname, 'contract.graphql'), 'utf8');
const emitted = readFileSync(join(projectRoot, 'schema', 'schema.graphql'), 'utf8');

test('the schema holds the contract with its names, nullability and defaults', () => {
  expect(differencesBetween(contract, emitted)).toEqual([]);
});

test('the comparison sees a type that lost its exclamation mark, a missing default and a missing value', () => {
  const promised = 'type Query { a(first: Int! = 20): [String!]! } enum E { ONE TWO } union U = Query';
  const built = 'type Query { a(first: Int!): [String]! } enum E { ONE } scalar U';
  expect(differencesBetween(promised, built)).toEqual([
    'Query.a: expected [String!]!, found [String]!',
    'Query.a(first:): expected Int! = 20, found Int!',
    'E.TWO',
    'U: expected UnionTypeDefinition, found ScalarTypeDefinition',
    'U = Query',
  ]);
});

test('schema/schema.graphql is what the resolvers say', () => {
  expect(emitted).toBe(`# Written by \`npm run schema\` from src/graphql. Change it there.\n\n${printGraphqlSchema()}`);
});

test('every type, field, argument and enum value says what it is', () => {
  expect(undescribed(buildGraphqlSchema())).toEqual([]);
});

test('the search for what is not described finds a type, a field, an argument and a value', () => {
  const bare = buildSchema('type Query { a(b: Int): E } enum E { ONE }');
  expect(undescribed(bare)).toEqual(['Query', 'Query.a', 'Query.a(b:)', 'E', 'E.ONE']);
});

test('an answer to an authorization is given in exactly one of three ways', () => {
  const type = buildGraphqlSchema().getType('AuthorizationAnswerInput');
  expect(isInputObjectType(type) && type.isOneOf).toBe(true);
  expect(emitted).toContain('input AuthorizationAnswerInput @oneOf {');
});

test('every problem of the table of faults is a ProblemCode, and no other fault is', () => {
  const type = buildGraphqlSchema().getType('ProblemCode');
  expect(
    isEnumType(type) &&
      type
        .getValues()
        .map((value) => value.name)
        .toSorted(),
  ).toEqual(problemCodes.toSorted());
});

function undescribed(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
    .flatMap(partsOf)
    .filter(({ description }) => !description?.trim())
    .map(({ path }) => path);
}

interface Part {
  readonly path: string;
  readonly description: string | null | undefined;
}

function partsOf(type: GraphQLNamedType): Part[] {
  const own = { path: type.name, description: type.description };
  return [own].concat(
    membersOf(type).map(([path, { description }]) => ({ path: `${type.name}.${path}`, description })),
  );
}

type Member = readonly [path: string, described: { readonly description?: string | null | undefined }];

function membersOf(type: GraphQLNamedType): Member[] {
  if (isEnumType(type)) return type.getValues().map((value) => [value.name, value] as const);
  if (isInputObjectType(type)) return Object.entries(type.getFields());
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const fields = Object.entries(type.getFields());
  const args = fields.flatMap(([name, field]) => field.args.map((arg) => [`${name}(${arg.name}:)`, arg] as const));
  return fields.flatMap<Member>(([name, field]) => [[name, field]]).concat(args);
}
