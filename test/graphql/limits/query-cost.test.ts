import { buildSchema, getIntrospectionQuery, getOperationAST, isObjectType, parse } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { expect, test } from 'vitest';
import { buildGraphqlSchema } from '../../../src/graphql/build-schema.js';
import { createCostMeter, fieldCosts, listLengths } from '../../../src/graphql/limits/query-cost.js';

const schema = buildGraphqlSchema();

function costOf(query: string, variables: Record<string, unknown> = {}, of: GraphQLSchema = schema): number {
  return createCostMeter(of)(operationIn(query, variables));
}

function operationIn(query: string, variables: Record<string, unknown> = {}) {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('The test means one operation.');
  return { document, operation, variables };
}

test('a field costs one, and a profile a hundred, since it is a call to somebody else', () => {
  expect(costOf('{ viewer { id } }')).toBe(2);
  expect(costOf('{ me(provider: "demo") { id name } }')).toBe(102);
  expect(
    costOf('{ viewer { a: profile(provider: "x") { __typename } b: profile(provider: "y") { __typename } } }'),
  ).toBe(203);
});

test('what is on a page costs as often as the page is long', () => {
  const page = (first: string): string => `{ viewer { connectedAccounts${first} { nodes { id status } } } }`;
  expect(costOf(page('(first: 1)'))).toBe(1 + 5 + 3);
  expect(costOf(page('(first: 100)'))).toBe(1 + 5 + 100 * 3);
  expect(costOf(page(''))).toBe(1 + 5 + 20 * 3); // what is taken when nothing is said
});

test('a page that comes as a variable is priced by its value, each time anew', () => {
  const meter = createCostMeter(schema);
  const query = 'query ($n: Int!) { viewer { connectedAccounts(first: $n) { nodes { id } } } }';
  const { document, operation } = operationIn(query);
  const priceOf = (n: number): number => meter({ document, operation, variables: { n } });
  expect([priceOf(1), priceOf(100), priceOf(1)]).toEqual([8, 206, 8]);
});

test('a page longer than the longest costs as the longest, and is refused by its field', () => {
  expect(costOf('{ viewer { connectedAccounts(first: 2000000000) { nodes { id } } } }')).toBe(1 + 5 + 100 * 2);
  expect(costOf('{ viewer { connectedAccounts(first: -5) { nodes { id } } } }')).toBe(1 + 5 + 2);
});

test('of the types that an answer may have the dearest counts, not all together', () => {
  const profile = (fields: string): string => `{ viewer { profile(provider: "x") { ${fields} } } }`;
  const both = '... on Profile { id name email } ... on ProviderProblem { code }';
  expect(costOf(profile(both))).toBe(1 + 100 + 3);
});

test('fragments and aliases hide no cost', () => {
  const query =
    '{ a: viewer { ...F } b: viewer { ...F } } fragment F on User { connectedAccounts(first: 100) { nodes { id } } }';
  expect(costOf(query)).toBe(2 * (1 + 5 + 200));
});

test('an argument that does not fit makes nothing else cheaper', () => {
  const query =
    'query ($n: Int) { viewer { bad: connectedAccounts(first: $n) { nodes { id } } good: profile(provider: "x") { __typename } } }';
  expect(costOf(query, { n: null })).toBeGreaterThanOrEqual(102);
});

test('variables that do not fit once do not price those that fit', () => {
  const meter = createCostMeter(schema);
  const { document, operation } = operationIn(
    'mutation ($i: RefreshAccountInput!) { refreshAccount(input: $i) { problem { code } } }',
  );
  expect(meter({ document, operation, variables: { i: { wrong: true } } })).toBe(0); // is not executed at all
  expect(meter({ document, operation, variables: { i: { accountId: 'acc_1' } } })).toBe(102);
});

test('what @skip leaves out costs nothing', () => {
  const query = 'query ($skip: Boolean!) { viewer { id profile(provider: "x") @skip(if: $skip) { __typename } } }';
  expect(costOf(query, { skip: true })).toBe(2);
  expect(costOf(query, { skip: false })).toBe(103);
});

test('four nested lists of twenty are priced as the 168,421 nodes that they are', () => {
  const tree = buildSchema(`
    type Query { node: Node }
    type Node { id: ID children(first: Int! = 20): [Node!]! }`);
  const level = (inner: string): string => `children(first: 20) { ${inner} }`;
  expect(costOf(`{ node { ${level(level(level(level('id'))))} } }`, {}, tree)).toBe(
    1 + 1 + 20 * (1 + 20 * (1 + 20 * (1 + 20))),
  );
});

test('the schema may be asked for by tools, and not many times over', () => {
  const cost = costOf(getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }));
  expect(cost).toBeGreaterThan(10);
  expect(cost).toBeLessThan(1500);
  const types = '__schema { types { fields { type { fields { args { type { name } } } } } } }';
  const often = Array.from({ length: 15 }, (_one, index) => `a${index}: ${types}`).join(' ');
  expect(costOf(`{ ${often} }`)).toBeGreaterThan(5000);
});

test('every field that has a price of its own is in the schema', () => {
  for (const place of [...Object.keys(fieldCosts), ...Object.keys(listLengths)]) {
    const [typeName = '', fieldName = ''] = place.split('.');
    const type = schema.getType(typeName);
    expect(isObjectType(type) && fieldName in type.getFields(), place).toBe(true);
  }
});

test('every mutation has a price of its own, since each writes or asks others', () => {
  const mutations = ['Mutation', 'AdminMutation'].flatMap((typeName) => {
    const type = schema.getType(typeName);
    return isObjectType(type) ? Object.keys(type.getFields()).map((name) => `${typeName}.${name}`) : [];
  });
  expect(mutations.length).toBeGreaterThan(8);
  expect(mutations.filter((place) => !(place in fieldCosts))).toEqual([]);
});
