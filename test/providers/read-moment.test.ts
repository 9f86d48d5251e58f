import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readMoment } from '../../src/providers/read-moment.js';

const noon = Date.UTC(2026, 0, 31, 12);

test.each([
  ['isoDate', '2026-01-31T12:00:00Z'],
  ['isoDate', '2026-01-31T13:30:00.000+0130'],
  ['isoDate', '2026-01-31 12:00:00'],
  ['epochSeconds', noon / 1000],
  ['epochSeconds', String(noon / 1000)],
  ['epochMilliseconds', noon],
] as const)('as %s, %s is noon', (form, value) => {
  expect(readMoment(value, form)).toBe(noon);
});

test.each([
  ['isoDate', '31/01/2026 12:00'],
  ['isoDate', '2026-13-01T00:00:00Z'],
  ['isoDate', noon],
  ['epochSeconds', noon], // milliseconds: the year 57,000
  ['epochSeconds', '1e9'],
  ['epochMilliseconds', -1],
  ['epochMilliseconds', null],
] as const)('as %s, %s is no moment', (form, value) => {
  expect(readMoment(value, form)).toBeNull();
});

test('whatever it is given, it gives a moment before 2100 or none', () => {
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom('isoDate', 'epochSeconds', 'epochMilliseconds'), (value, form) => {
      const at = readMoment(value, form);
      expect(at === null || (Number.isSafeInteger(at) && at >= 0 && at <= Date.UTC(2100, 0, 1))).toBe(true);
    }),
  );
});
