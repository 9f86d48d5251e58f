import { expect, test } from 'vitest';
import { createRateLimit } from '../../src/http/rate-limit.js';
import { createTestClock } from '../support/test-clock.js';

test('a minute’s worth may come at once, and then one each time that one has been earned', () => {
  const clock = createTestClock();
  const limit = createRateLimit({ perMinute: 6, clock });
  expect(Array.from({ length: 7 }, () => limit.take('anna'))).toEqual([null, null, null, null, null, null, 10]);
  clock.advance(9_000);
  expect(limit.take('anna')).toBe(1);
  clock.advance(1_000);
  expect([limit.take('anna'), limit.take('anna')]).toEqual([null, 10]);
});

test('nobody saves up more than a minute’s worth', () => {
  const clock = createTestClock();
  const limit = createRateLimit({ perMinute: 2, clock });
  limit.take('anna');
  clock.advance(3_600_000);
  expect([limit.take('anna'), limit.take('anna'), limit.take('anna')]).toEqual([null, null, 30]);
});

test('what one key has spent is nothing to another', () => {
  const limit = createRateLimit({ perMinute: 1, clock: createTestClock() });
  expect([limit.take('anna'), limit.take('anna'), limit.take('berta')]).toEqual([null, 60, null]);
});

test('0 is no limit', () => {
  const limit = createRateLimit({ perMinute: 0, clock: createTestClock() });
  expect(Array.from({ length: 1000 }, () => limit.take('anna')).every((wait) => wait === null)).toBe(true);
});

test('of more keys than are kept, the one that was not seen for longest is forgotten', () => {
  const limit = createRateLimit({ perMinute: 1, clock: createTestClock(), maxKeys: 2 });
  limit.take('anna');
  limit.take('berta');
  expect(limit.take('anna')).toBe(60); // seen again
  limit.take('cara');
  expect(limit.take('anna')).toBe(60);
  expect(limit.take('berta')).toBeNull();
});

test('a clock of the wall that jumps gives nobody anything', () => {
  const clock = createTestClock();
  const limit = createRateLimit({ perMinute: 1, clock });
  limit.take('anna');
  clock.jump(3_600_000);
  expect(limit.take('anna')).toBe(60);
});
