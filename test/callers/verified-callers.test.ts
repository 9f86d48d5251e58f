import { expect, test } from 'vitest';
import type { Caller } from '../../src/callers/caller.js';
import { createVerifiedCallers } from '../../src/callers/verified-callers.js';
import { Secret } from '../../src/secret.js';
import { createTestClock } from '../support/test-clock.js';
import { userCaller } from '../support/callers.js';

const clock = createTestClock();
const callerUntil = (expiresAt: number): Caller => userCaller('ada', expiresAt);

test('no more tokens are remembered than the bound, and the oldest go first', () => {
  const verified = createVerifiedCallers({ clock, maxEntries: 2 });
  const tokens = ['a', 'b', 'c'].map((text) => Secret.of(text));
  for (const token of tokens) verified.keep(token, callerUntil(clock.now() + 1000));
  expect(tokens.map((token) => verified.find(token) !== null)).toEqual([false, true, true]);
});

test('a token that only the clock tolerance let in is not remembered', () => {
  const verified = createVerifiedCallers({ clock });
  verified.keep(Secret.of('a'), callerUntil(clock.now()));
  expect(verified.find(Secret.of('a'))).toBeNull();
});
