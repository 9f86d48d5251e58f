import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextBackoff, remainingBackoff } from '../../src/refresh/backoff.js';

const range = { shortestMs: 1_000, longestMs: 300_000 };
const pause = (previousMs: number | null, random: number, retryAfterSeconds: number | null = null) =>
  nextBackoff({ range, previousMs, retryAfterSeconds, random: () => random });

it('the first pause is the shortest, and each next one is drawn up to three times the one before', () => {
  expect(pause(null, 0.999)).toBe(1_000);
  expect(pause(1_000, 0)).toBe(1_000);
  expect(pause(1_000, 0.5)).toBe(2_000);
  expect(pause(4_000, 0.999_999)).toBe(12_000);
});

it('what the provider asks for is waited for, and is no measure of the pause after it', () => {
  expect(pause(null, 0, 3_600)).toBe(3_600_000);
  expect(pause(3_600_000, 0.999)).toBe(300_000);
});

it('a pause is always within its range, or what the provider asked for', () => {
  const any = fc.record({
    previousMs: fc.option(fc.integer({ min: 0, max: 90_000_000 })),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    retryAfterSeconds: fc.option(fc.integer({ min: 0, max: 86_400 })),
  });
  fc.assert(
    fc.property(any, ({ previousMs, random, retryAfterSeconds }) => {
      const ms = pause(previousMs, random, retryAfterSeconds);
      expect(ms).toBeGreaterThanOrEqual(Math.max(range.shortestMs, (retryAfterSeconds ?? 0) * 1000));
      expect(ms).toBeLessThanOrEqual(Math.max(range.longestMs, (retryAfterSeconds ?? 0) * 1000));
    }),
  );
});

it('a pause ends by itself, and at once when the clock is set back behind its beginning', () => {
  const noted = { retryAt: 100_000, backoffMs: 10_000 };
  expect(remainingBackoff(noted, 90_000)).toBe(10_000);
  expect(remainingBackoff(noted, 99_999)).toBe(1);
  expect(remainingBackoff(noted, 100_000)).toBe(0);
  expect(remainingBackoff(noted, 89_999)).toBe(0);
  expect(remainingBackoff({ retryAt: null, backoffMs: null }, 0)).toBe(0);
});
