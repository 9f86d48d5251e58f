import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeLengthPrefixed, encodeUtf8 } from '../../src/vault/length-prefixed.js';

const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 6 });

test('lists that differ never give the same bytes', () => {
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      const isSame = Buffer.from(encodeLengthPrefixed(one)).equals(encodeLengthPrefixed(other));
      expect(isSame).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});

test('a text moved over the border of its neighbour gives other bytes', () => {
  expect(encodeLengthPrefixed(['ab', 'c'])).not.toEqual(encodeLengthPrefixed(['a', 'bc']));
  expect(encodeLengthPrefixed(['', ''])).not.toEqual(encodeLengthPrefixed(['']));
});

test('a text that UTF-8 would change is refused, so that no two texts become one', () => {
  for (const half of ['\ud800', 'a\udc00b']) expect(() => encodeUtf8(half)).toThrow(TypeError);
  expect(Buffer.from(encodeUtf8('\u{1f511}')).toString()).toBe('\u{1f511}');
});
