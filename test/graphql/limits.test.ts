import { getIntrospectionQuery, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { buildGraphqlSchema } from '../../src/graphql/build-schema.js';
import { limitRules, maxAliases, maxDepth, maxTokens } from '../../src/graphql/limits.js';

const schema = buildGraphqlSchema();

function refusals(query: string): string[] {
  return validate(schema, parse(query, { maxTokens }), limitRules).map((error) => error.message);
}

/** `{ a { a { ... } } }`, as many levels deep. */
function nested(depth: number): string {
  return `${'{ a '.repeat(depth)}${'}'.repeat(depth)}`;
}

function aliased(count: number): string {
  return Array.from({ length: count }, (_one, index) => `a${index}: me(provider: "demo") { id }`).join(' ');
}

test('a document nests at most as deep as the limit, to the level', () => {
  expect(refusals(nested(maxDepth))).toEqual([]);
  expect(refusals(nested(maxDepth + 1))).toEqual([`The query nests 16 levels deep; at most ${maxDepth} are served.`]);
});

test('the introspection query of tools passes', () => {
  expect(refusals(getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true, specifiedByUrl: true }))).toEqual(
    [],
  );
});

test('fragments hide neither depth nor aliases', () => {
  const deep = `{ ...F } fragment F on Query ${nested(maxDepth + 1)}`;
  expect(refusals(deep)).toHaveLength(1);
  expect(refusals(`{ ... { ${aliased(maxAliases + 1)} } }`)).toHaveLength(1);
});

/** The viewer as many times, each with the fields of F. */
function spreads(count: number): string {
  return Array.from({ length: count }, (_one, index) => `v${index}: viewer { ...F }`).join(' ');
}

test('aliases of a fragment count wherever it is spread, since it is resolved there each time', () => {
  const fragment =
    'fragment F on User { a: profile(provider: "x") { __typename } b: profile(provider: "y") { __typename } }';
  expect(refusals(`{ ${spreads(10)} } ${fragment}`)).toEqual([]); // 10 + 10 * 2
  expect(refusals(`{ ${spreads(11)} } ${fragment}`)).toEqual(['The query uses 33 aliases; at most 30 are served.']);
});

test('fragments that double thirty times are counted without being walked thirty times over', () => {
  const chain = Array.from(
    { length: 30 },
    (_one, i) => `fragment F${i} on Query { a: viewer { id } ...F${i + 1} ...F${i + 1} }`,
  );
  const [message] = refusals(`{ ...F0 } ${chain.join(' ')} fragment F30 on Query { b: viewer { id } }`);
  expect(message).toBe('The query uses 2147483647 aliases; at most 30 are served.');
});

test('fragments that spread each other end the count and not the process', () => {
  expect(refusals('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }')).toEqual([]);
});

test('a document of more tokens than the limit is not parsed to its end', () => {
  expect(() => refusals(`{ ${'a '.repeat(maxTokens)} }`)).toThrow(`${maxTokens} tokens`);
});
