import { expect, it } from 'vitest';
import { createWaits } from '../../src/refresh/waits.js';
import { createTestClock } from '../support/test-clock.js';

const clock = createTestClock();

it('a wait ends on its own', () => {
  const waits = createWaits({ clock, maxEntries: 2 });
  waits.start('a', 1_000);
  clock.advance(999);
  expect(waits.remainingMs('a')).toBe(1);
  clock.advance(1);
  expect(waits.remainingMs('a')).toBe(0);
});

it('a later wait replaces an earlier one, also by a shorter one', () => {
  const waits = createWaits({ clock, maxEntries: 2 });
  waits.start('a', 1_000);
  waits.start('a', 10);
  expect(waits.remainingMs('a')).toBe(10);
});

it('past the limit the oldest wait is forgotten', () => {
  const waits = createWaits({ clock, maxEntries: 2 });
  for (const key of ['a', 'b', 'a', 'c']) waits.start(key, 1_000);
  expect(['a', 'b', 'c'].map((key) => waits.remainingMs(key))).toEqual([1_000, 0, 1_000]);
});
