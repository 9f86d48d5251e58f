import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toDisplayName } from '../../src/connect/display-name.js';

test('a name that people have is kept as it is', () => {
  for (const name of ['Anna Example', 'Zoë O’Neil-Müller', '山田 太郎', 'محمد', '👩‍👩‍👧 family', 'נועה']) {
    expect(toDisplayName(name)).toBe(name);
  }
});

test('whatever a provider sends is one short line that is well formed, or nothing', () => {
  const hostile = fc.constantFrom('\0', '\n', '\u202e', '\u2066', '\ud800', '\udc00', '😀', ' ', '\u2028', '\u001b[2J');
  const text = fc
    .array(fc.oneof(fc.string({ unit: 'binary' }), hostile), { maxLength: 120 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (given) => {
      const name = toDisplayName(given);
      if (name === null) return;
      expect(name.length).toBeLessThanOrEqual(255);
      expect(name).not.toMatch(/[\p{Cc}\p{Surrogate}\u2028\u202a-\u202e\u2066-\u2069]/u);
      expect(name).toBe(name.trim());
    }),
  );
});

test('a long name is cut between two characters, never through one', () => {
  expect(toDisplayName('a'.repeat(5_000_000))).toBe('a'.repeat(255));
  expect(toDisplayName(`a${'😀'.repeat(200)}`)).toBe(`a${'😀'.repeat(127)}`);
  expect(toDisplayName('😀'.repeat(200))).toBe('😀'.repeat(127));
});

test('a line break in a name is a space, and a name of nothing to see is none', () => {
  expect(toDisplayName('Anna\r\nExample')).toBe('Anna Example');
  for (const nothing of ['', ' \n ', '\u200f\u202e', '\u200b\u200d']) expect(toDisplayName(nothing)).toBeNull();
});
