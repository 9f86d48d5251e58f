import { assert, property, webUrl } from 'fast-check';
import { parseValue } from 'graphql';
import { expect, test } from 'vitest';
import { DateTimeScalar, UrlScalar } from '../../src/graphql/scalars.js';

test.each([
  'https://app.example',
  'https://APP.example:443/Path/../x?b=2&a=1#f',
  'myapp://done',
  'http://127.0.0.1:3000/cb',
  'https://app.example/ümlaut',
])('the URL %s is kept byte for byte', (url) => {
  expect(UrlScalar.parseValue(url)).toBe(url);
  expect(UrlScalar.parseLiteral(parseValue(JSON.stringify(url)))).toBe(url);
  expect(UrlScalar.serialize(url)).toBe(url);
});

test('any absolute URL is kept as it was written', () => {
  assert(
    property(webUrl({ withFragments: true, withQueryParameters: true }), (url) => UrlScalar.parseValue(url) === url),
  );
});

test.each([['/relative'], ['planted'], [''], [7], [null], [`https://app.example/${'x'.repeat(4096)}`]])(
  'the input %j is no URL, and the refusal does not repeat it',
  (input) => {
    expect(() => UrlScalar.parseValue(input)).toThrow(/^URL must be an absolute URL of at most 4096 characters/);
  },
);

test('a URL written as a number or an enum value is refused', () => {
  expect(() => UrlScalar.parseLiteral(parseValue('7'))).toThrow('URL must be');
  expect(() => UrlScalar.parseLiteral(parseValue('HTTPS'))).toThrow('URL must be');
});

test('an instant is written in UTC to the millisecond', () => {
  expect(DateTimeScalar.serialize(1_764_020_000_123)).toBe('2025-11-24T21:33:20.123Z');
});
