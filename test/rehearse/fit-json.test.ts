import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../src/outbound/strict-json.js';
import { exactly, fitJson, holds, sameWords, someText, type Wish } from '../../src/rehearse/fit-json.js';

const made = (...wishes: Wish[]): JsonValue => {
  const { document, unmet } = fitJson(wishes);
  expect(unmet).toEqual([]);
  return document;
};

test.each<[string, JsonValue]>([
  ['id', { id: 'x' }],
  ['data.user.id', { data: { user: { id: 'x' } } }],
  ['"x-y".id', { 'x-y': { id: 'x' } }],
  ['[0].id', [{ id: 'x' }]],
  ['data[1][0]', { data: [{}, ['x']] }],
  ['items[-1].id', { items: [{ id: 'x' }] }],
  ['a || b', { a: 'x' }],
  ['a && b', { a: true, b: 'x' }],
  ['not_null(a, b)', { a: 'x' }],
  ['to_string(id)', { id: 'x' }],
  ['keys(users)[0]', { users: { x: {} } }],
  ['values(users)[0].id', { users: { member0: { id: 'x' } } }],
  ['emails[?primary] | [0].value', { emails: [{ value: 'x', primary: true }] }],
  ["links[?rel=='self'].href | [0]", { links: [{ href: 'x', rel: 'self' }] }],
  ['teams[].id | [0]', { teams: [{ id: 'x' }] }],
  ['users.*.id | [0]', { users: { member0: { id: 'x' } } }],
  ["type == 'user' && id", { type: 'user', id: 'x' }],
  ['!error && id', { id: 'x' }],
])('%s finds what is put where it looks', (expression, document) => {
  expect(made(exactly(expression, 'x'))).toEqual(document);
});

test.each<[string, JsonValue, JsonValue]>([
  ['status == `0`', { status: 0 }, { status: 1 }],
  ['ok', { ok: true }, {}],
  ['!error', {}, { error: true }],
  ["code == 'OK' && !errors", { code: 'OK' }, { code: 'not-"OK"' }],
  ['a != null', { a: 'something' }, {}],
  ['n > `5`', { n: 6 }, { n: 4 }],
  ["contains(scopes, 'a')", { scopes: 'a' }, { scopes: '' }],
])('%s is made true, and made false', (expression, whenTrue, whenFalse) => {
  expect(made(holds(expression, true))).toEqual(whenTrue);
  expect(made(holds(expression, false))).toEqual(whenFalse);
});

test('parts that are joined are parted, and constants among them are kept', () => {
  expect(made(someText("join(':', [to_string(a), b])", 'p'))).toEqual({ a: 'p', b: 'p-1' });
  expect(made(exactly("join(' ', scopes)", 'x y'))).toEqual({ scopes: ['x', 'y'] });
  expect(made(sameWords("join(' ', [scope, 'offline'])", ['x', 'offline', 'y'], ' '))).toEqual({ scope: 'x y' });
});

test('several wishes of one element of a list come together', () => {
  const document = made(exactly('(all[?main] | [0]).id', 'x'), exactly('(all[?main] | [0]).uri', 'y'));
  expect(document).toEqual({ all: [{ id: 'x', uri: 'y', main: true }] });
});

test('what cannot be fulfilled is told, and what can be still is', () => {
  const { document, unmet } = fitJson([exactly('id', 'x'), exactly('length(a)', 'x'), exactly('id', 'y')]);
  expect(document).toEqual({ id: 'y' });
  expect(unmet).toEqual(['id', 'length(a)']);
});

test('any path of names and places finds any value', () => {
  const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
  const step = fc.oneof(
    name.map((one) => `.${one}`),
    fc.integer({ min: 0, max: 3 }).map((index) => `[${index}]`),
  );
  fc.assert(
    fc.property(name, fc.array(step, { maxLength: 6 }), fc.string(), (first, steps, value) => {
      made(exactly(first + steps.join(''), value));
    }),
  );
});
