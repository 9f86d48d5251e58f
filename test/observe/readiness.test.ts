import { expect, test } from 'vitest';
import { inTime } from '../../src/observe/readiness.js';
import { createGate } from '../support/gate.js';
import { createTestClock } from '../support/test-clock.js';

test('a check that throws is one that fails', async () => {
  const clock = createTestClock();
  expect(await inTime(() => Promise.reject(new Error('planted')), { clock })()).toBe(false);
});

test('a check that hangs is answered for after two seconds, and is not started again by those who ask next', async () => {
  const clock = createTestClock();
  const gate = createGate();
  let runs = 0;
  const isWell = inTime(
    async () => {
      runs += 1;
      await gate.opened;
      return true;
    },
    { clock },
  );
  const answers = [isWell(), isWell()];
  clock.advance(2_000);
  expect(await Promise.all(answers)).toEqual([false, false]);
  const next = isWell();
  clock.advance(1_999);
  gate.open();
  expect([await next, runs]).toEqual([true, 1]);
});

test('a check is done anew once it has answered, so that what is mended is seen at once', async () => {
  const answers = [false, true];
  const isWell = inTime(async () => answers.shift() ?? false, { clock: createTestClock() });
  expect([await isWell(), await isWell()]).toEqual([false, true]);
});
