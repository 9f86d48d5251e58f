/** Sending a refresh token again whose first answer never came. */
import { describe, expect, it } from 'vitest';
import { planPost, type PostFacts } from '../../src/refresh/plan-post.js';

const sentAt = 1_000_000;
const end = sentAt + 600_000;
const rules = {
  stable: { replay: 'stable', graceSeconds: null },
  grace: { replay: 'grace', graceSeconds: 60 },
  untilFirstUse: { replay: 'untilFirstUse', graceSeconds: null },
  revokes: { replay: 'revokes', graceSeconds: null },
} as const;

const again = (rule: keyof typeof rules, facts: Partial<PostFacts> = {}): string =>
  planPost({
    rotation: rules[rule],
    openSince: sentAt,
    reason: 'EXPIRED',
    expiresAt: end,
    now: sentAt + 30_000,
    ...facts,
  });

it('is done at will where that is harmless', () => {
  for (const now of [sentAt, end - 1, end]) {
    expect(again('stable', { now })).toBe('post');
    expect(again('untilFirstUse', { now })).toBe('post');
  }
});

describe('where the provider takes it again for a while', () => {
  it('is done in that while, counted from the first time that it was sent', () => {
    expect(again('grace')).toBe('post');
    expect(again('grace', { now: sentAt + 59_999 })).toBe('post');
    expect(again('grace', { now: sentAt + 60_000 })).toBe('hold-off');
  });

  it('is done after it only once the access token is over, as where there is no such while', () => {
    expect(again('grace', { now: end - 1 })).toBe('hold-off');
    expect(again('grace', { now: end })).toBe('post');
    expect(again('grace', { now: end - 1, reason: 'REFUSED' })).toBe('post');
  });

  it('counts as past that while where nobody knows when it was sent, or the clock was set back', () => {
    expect(again('grace', { openSince: null })).toBe('hold-off');
    expect(again('grace', { now: sentAt - 1 })).toBe('hold-off');
  });
});

describe('where that may end the grant', () => {
  it('waits until the access token is over', () => {
    expect(again('revokes')).toBe('hold-off');
    expect(again('revokes', { now: end })).toBe('post');
  });

  it('waits also when a person asks, and when the access token’s end is not known', () => {
    expect(again('revokes', { reason: 'ASKED' })).toBe('hold-off');
    expect(again('revokes', { reason: 'ASKED', expiresAt: null })).toBe('hold-off');
  });

  it('is done at once when the provider refuses the access token, which has nothing left to lose', () => {
    expect(again('revokes', { reason: 'REFUSED' })).toBe('post');
    expect(again('revokes', { reason: 'REFUSED', expiresAt: null })).toBe('post');
  });
});
