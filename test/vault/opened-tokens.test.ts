import { expect, test } from 'vitest';
import { createOpenedTokens } from '../../src/vault/opened-tokens.js';
import type { TokenSetRow } from '../../src/vault/token-set.entity.js';
import { createTestClock } from '../support/test-clock.js';

const row = (accountId: string, version = 1): TokenSetRow => ({
  accountId,
  userId: 'ann',
  version,
  sealedAccessToken: 'sealed',
  sealedRefreshToken: null,
  sealedPreviousRefreshToken: null,
  refreshTokenFingerprint: null,
  intentAttempt: null,
  intentVersion: null,
  intentSince: null,
  intentAt: null,
  updatedAt: 0,
});

test('no more than the bound are kept, and the oldest goes first', () => {
  const opened = createOpenedTokens<string>({ clock: createTestClock(), maxEntries: 2 });
  for (const accountId of ['a', 'b', 'a', 'c']) opened.put(row(accountId), accountId);
  expect(['a', 'b', 'c'].map((accountId) => opened.get(row(accountId)))).toEqual(['a', null, 'c']);
});

test('what is dropped is gone at once, and only that', () => {
  const opened = createOpenedTokens<string>({ clock: createTestClock(), maxEntries: 9 });
  opened.put(row('a'), 'a');
  opened.put(row('b'), 'b');
  opened.drop('a');
  expect([opened.get(row('a')), opened.get(row('b'))]).toEqual([null, 'b']);
});

test('reading an entry does not lengthen its minute', () => {
  const clock = createTestClock();
  const opened = createOpenedTokens<string>({ clock, maxEntries: 9 });
  opened.put(row('a'), 'a');
  clock.advance(40_000);
  expect(opened.get(row('a'))).toBe('a');
  clock.advance(20_000);
  expect(opened.get(row('a'))).toBeNull();
});

test('an entry answers for its own version alone', () => {
  const opened = createOpenedTokens<string>({ clock: createTestClock(), maxEntries: 9 });
  opened.put(row('a', 2), 'second');
  expect([1, 2, 3].map((version) => opened.get(row('a', version)))).toEqual([null, 'second', null]);
});
