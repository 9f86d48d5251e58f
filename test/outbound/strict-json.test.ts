import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJsonObject } from '../../src/outbound/strict-json.js';

const read = (text: string) => readJsonObject(new TextEncoder().encode(text));

test('an object is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON.stringify(value);
      expect(read(text)).toEqual(JSON.parse(text));
    }),
    { numRuns: 1_000 },
  );
});

test('one key in two objects is no doubled key', () => {
  expect(read('{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":3}}')).not.toBeNull();
});

test('brackets, quotes and colons in texts are not taken for structure', () => {
  const value = { 'a":': '{"a":1,"a":2}', b: '\\"', '{': '}', '[': ']:,' };
  expect(read(JSON.stringify(value))).toEqual(value);
});

test('any object with one key doubled is refused, wherever it stands', () => {
  const keys = fc.tuple(fc.string(), fc.jsonValue(), fc.jsonValue(), fc.nat({ max: 3 }));
  fc.assert(
    fc.property(keys, ([key, first, second, depth]) => {
      const name = JSON.stringify(key);
      const doubled = `{${name}:${JSON.stringify(first)},${name}:${JSON.stringify(second)}}`;
      expect(read('{"o":['.repeat(depth) + doubled + ']}'.repeat(depth))).toBeNull();
    }),
    { numRuns: 1_000 },
  );
});

test.each(['', 'null', '7', '"text"', '[]', '[{}]', '{', '{}x', "{'a':1}", '{"a":1,}', '{"a":NaN}', '<html>'])(
  '%j is no object',
  (text) => expect(read(text)).toBeNull(),
);

test('bytes that are not UTF-8 are refused, not repaired', () => {
  expect(readJsonObject(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBeNull();
});

test('a key called __proto__ is a member like others', () => {
  const value = read('{"__proto__":{"polluted":true}}');
  expect(Object.keys(value ?? {})).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('depth and length do not make it throw', () => {
  expect(() => read('{"a":'.repeat(30_000) + '1' + '}'.repeat(30_000))).not.toThrow();
  expect(read(JSON.stringify({ a: '\\"'.repeat(100_000) }))).not.toBeNull();
});
