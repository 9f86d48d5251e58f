import * as fc from 'fast-check';
import { getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import { expect, test } from 'vitest';
import { buildGraphqlSchema } from '../../../src/graphql/build-schema.js';
import { measureDocument } from '../../../src/graphql/limits/document-size.js';
import { createLimitRule } from '../../../src/graphql/limits/limit-rule.js';
import { maxTokens } from '../../../src/graphql/limits/limits.js';

const schema = buildGraphqlSchema();
const rule = createLimitRule({ depth: 15, aliases: 30 });

/** What is said of a document, by the limits alone or with the rules of the language before them. */
function refusals(query: string, rules = [rule]): string[] {
  return validate(schema, parse(query, { maxTokens }), rules).map((error) => error.message);
}

/** `{ a { a { ... } } }`, as many levels deep. */
function nested(depth: number): string {
  return `${'{ a '.repeat(depth)}${'}'.repeat(depth)}`;
}

function times(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_one, index) => make(index)).join(' ');
}

const aliased = (count: number): string => times(count, (index) => `a${index}: id`);

test('a document nests at most as deep as the limit, to the level', () => {
  expect(refusals(nested(15))).toEqual([]);
  expect(refusals(nested(16))).toEqual(['The query nests 16 levels deep; at most 15 are served.']);
});

test('what is too large is told by its count and the limit', () => {
  const tooLarge: [string, string][] = [
    [`{ viewer { ${aliased(31)} } }`, 'The query uses 31 aliases; at most 30 are served.'],
    [`{ ${times(31, (i) => `f${i}`)} }`, 'The query has 31 fields at its root; at most 30 are served.'],
    [
      `{ ${times(4, (i) => `a${i}: __schema { description }`)} }`,
      'The query asks 4 times for the schema; at most 3 are served.',
    ],
    [times(21, (i) => `query Q${i} { a }`), 'The document holds 21 operations; at most 20 are served.'],
    [
      `{ ...F0 } ${times(51, (i) => `fragment F${i} on Query { a }`)}`,
      'The document holds 51 fragments; at most 50 are served.',
    ],
    [
      `{ v { ${times(500, (i) => `f${i}`)} } }`,
      'The document selects 501 fields and fragments; at most 500 are served.',
    ],
    [`{ v { ${'id '.repeat(52)} } }`, 'The document repeats 51 fields beside themselves; at most 50 are served.'],
    [
      `{ v { ${times(26, (i) => `f${i} @skip(if: false) @include(if: true)`)} } }`,
      'The document uses 52 directives; at most 50 are served.',
    ],
    [`{ v ${'@a '.repeat(5)} }`, 'The document uses 5 directives at one place; at most 4 are served.'],
  ];
  for (const [query, sentence] of tooLarge) expect(refusals(query)).toEqual([sentence]);
});

test('the introspection query of tools passes', () => {
  const options = { inputValueDeprecation: true, oneOf: true, specifiedByUrl: true, schemaDescription: true };
  expect(refusals(getIntrospectionQuery(options), [...specifiedRules, rule])).toEqual([]);
});

test('fragments hide neither depth nor aliases', () => {
  expect(refusals(`{ ...F } fragment F on Query ${nested(16)}`)).toHaveLength(1);
  expect(refusals(`{ v { ... { ${aliased(31)} } } }`)).toHaveLength(1);
});

test('aliases of a fragment count wherever it is spread, since it is resolved there each time', () => {
  const fragment = 'fragment F on User { a: id b: id }';
  const spreads = (count: number): string => times(count, (index) => `v${index}: viewer { ...F }`);
  expect(refusals(`{ ${spreads(10)} } ${fragment}`)).toEqual([]); // 10 + 10 * 2
  expect(refusals(`{ ${spreads(11)} } ${fragment}`)).toEqual(['The query uses 33 aliases; at most 30 are served.']);
});

test('fragments that double forty times are counted without being walked as often', () => {
  const chain = times(40, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`);
  const messages = refusals(`{ ...F0 } ${chain} fragment F40 on Query { a }`);
  expect(messages).toContain(`The query resolves ${2 ** 40} fields; at most 1000 are served.`);
});

test('fragments that spread each other end the count, and the language refuses them', () => {
  const cycle = '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }';
  expect(refusals(cycle)).toEqual([]);
  expect(refusals(cycle, [...specifiedRules, rule])).toEqual(['Cannot spread fragment "A" within itself via "B".']);
});

test('of several operations the largest counts, since one is executed', () => {
  expect(refusals(`query A { v { ${aliased(20)} } } query B { v { ${aliased(20)} } }`)).toEqual([]);
});

test('no other rule looks at a document that is too large', () => {
  let looked = 0;
  const other = () => ({ Field: () => void (looked += 1) });
  validate(schema, parse(`{ ${'viewer { id } '.repeat(100)} }`), [other, rule]);
  expect(looked).toBe(0);
  validate(schema, parse('{ viewer { id } }'), [other, rule]);
  expect(looked).toBe(2); // a positive control
});

test('a document of more tokens than the limit is not parsed to its end', () => {
  expect(() => refusals(`{ ${'a '.repeat(maxTokens)} }`)).toThrow(`${maxTokens} tokens`);
});

test('no document makes the measuring fail, whatever its fragments do', () => {
  const name = fc.constantFrom('A', 'B', 'C');
  const selection = fc.letrec<{ one: string }>((tie) => ({
    one: fc.oneof(
      { maxDepth: 4 },
      name.map((one) => `...${one}`),
      name.map((one) => `x: ${one}`),
      fc.array(tie('one'), { minLength: 1, maxLength: 3 }).map((inner) => `f { ${inner.join(' ')} }`),
      fc.array(tie('one'), { minLength: 1, maxLength: 3 }).map((inner) => `... { ${inner.join(' ')} }`),
    ),
  })).one;
  fc.assert(
    fc.property(fc.tuple(selection, selection, selection, selection), ([root, a, b, c]) => {
      const query = `{ ${root} } fragment A on Q { ${a} } fragment B on Q { ${b} } fragment C on Q { ${c} }`;
      const { depth, fields } = measureDocument(parse(query));
      expect(Number.isInteger(depth) && depth >= 0 && Number.isInteger(fields)).toBe(true);
    }),
  );
});
