import { expect, test } from 'vitest';
import { newId } from '../../src/database/new-id.js';
import { createTestClock } from '../support/test-clock.js';

test('an id is a UUIDv7 behind the prefix of its kind', () => {
  expect(newId('acc', createTestClock())).toMatch(
    /^acc_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test('ids made later sort after ids made earlier', () => {
  const clock = createTestClock();
  const ids = Array.from({ length: 50 }, () => {
    clock.advance(1);
    return newId('evt', clock);
  });
  expect(ids.toSorted()).toEqual(ids);
});

test('ids made in the same millisecond differ', () => {
  const clock = createTestClock();
  expect(new Set(Array.from({ length: 1000 }, () => newId('att', clock))).size).toBe(1000);
});
