import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import type { Caller } from '../../../src/callers/caller.js';
import { Fault } from '../../../src/errors.js';
import { watchSession } from '../../../src/http/streams/watch-session.js';
import { createTestClock, type TestClock } from '../../support/test-clock.js';
import { userCaller } from '../../support/callers.js';

let clock: TestClock;
let refusal: Fault | null;
let ends: Fault[];
let stop: () => void;

beforeEach(() => {
  clock = createTestClock();
  refusal = null;
  ends = [];
  const caller = userCaller('ada', clock.now() + 3_600_000);
  const authenticate = async (): Promise<Caller> => {
    if (refusal) throw refusal;
    return caller;
  };
  stop = watchSession({ caller, authenticate, clock, ended: (fault) => void ends.push(fault) });
});

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    clock.advance(1_000);
    await nextTurn();
  }
}

test('a session ends at the second at which its JWT does, once', async () => {
  await pass(3_599_000);
  expect(ends).toEqual([]);
  await pass(10_000);
  expect(ends.map(({ code }) => code)).toEqual(['UNAUTHENTICATED']);
});

test('a JWT that is no longer accepted ends it within five seconds', async () => {
  refusal = new Fault('UNAUTHENTICATED');
  await pass(5_000);
  expect(ends).toEqual([refusal]);
});

test('an issuer that cannot be asked ends nothing', async () => {
  refusal = new Fault('INTERNAL');
  await pass(20_000);
  refusal = null;
  await pass(20_000);
  expect(ends).toEqual([]);
});

test('one that is not watched any more ends nothing', async () => {
  stop();
  await pass(4_000_000);
  expect(ends).toEqual([]);
});
