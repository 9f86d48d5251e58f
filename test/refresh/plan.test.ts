import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barePolicy } from '../../src/providers/bare-policy.js';
import type { RefreshPolicy } from '../../src/providers/provider.js';
import { nextRefreshAt, plan, type PlannedTokens } from '../../src/refresh/plan.js';

const NOW = 1_800_000_000_000;
const DAY = 24 * 60 * 60;
const idle = { lastActiveAt: null, isUse: false };
const use = { lastActiveAt: null, isUse: true };

const seconds = (max: number) => fc.integer({ min: 1, max });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const policies: fc.Arbitrary<RefreshPolicy> = fc
  .record({
    mode: fc.constantFrom('SCHEDULED', 'LAZY', 'WHEN_ACTIVE', 'NEVER'),
    leadSeconds: maybe(seconds(2 * DAY)),
    jitterSeconds: maybe(seconds(DAY)),
    idleAfterSeconds: maybe(seconds(30 * DAY)),
    keepAliveSeconds: maybe(seconds(200 * DAY)),
    notBeforeSeconds: maybe(fc.integer({ min: 0, max: 2 * DAY })),
    minimumAgeSeconds: maybe(seconds(2 * DAY)),
    notAfterSeconds: maybe(fc.integer({ min: 0, max: DAY })),
  })
  .map((parts) => Object.assign(barePolicy('LAZY'), parts));

const tokenSets: fc.Arbitrary<PlannedTokens> = fc
  .record({
    hasRefreshToken: fc.boolean(),
    life: maybe(fc.integer({ min: 0, max: 90 * DAY * 1000 })),
    issuedAt: fc.integer({ min: NOW - 400 * DAY * 1000, max: NOW + DAY * 1000 }),
    refreshLife: maybe(fc.integer({ min: 0, max: 400 * DAY * 1000 })),
    refreshTokenEnd: fc.constantFrom('idle' as const, 'fixed' as const),
    retryIn: maybe(fc.integer({ min: -DAY * 1000, max: DAY * 1000 })),
    spread: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ life, refreshLife, retryIn, hasRefreshToken, issuedAt, refreshTokenEnd, spread }) => ({
    status: 'ACTIVE',
    hasRefreshToken,
    issuedAt,
    refreshTokenEnd,
    spread,
    expiresAt: life === null ? null : issuedAt + life,
    refreshTokenExpiresAt: refreshLife === null ? null : issuedAt + refreshLife,
    retryAt: retryIn === null ? null : NOW + retryIn,
  }));

const activities = fc.record({
  lastActiveAt: maybe(fc.integer({ min: NOW - 60 * DAY * 1000, max: NOW })),
  isUse: fc.boolean(),
});

/** When a plan sends the refresh token; null when it does not. */
function sentAt(
  policy: RefreshPolicy,
  tokens: PlannedTokens,
  activity: { lastActiveAt: number | null; isUse: boolean },
) {
  const planned = plan(policy, tokens, activity, NOW);
  if (planned.do === 'refresh-at') return Math.max(planned.at, NOW);
  return planned.do === 'refresh-and-wait' || planned.do === 'refresh-behind' ? NOW : null;
}

function holds(rule: (policy: RefreshPolicy, tokens: PlannedTokens, activity: typeof idle | typeof use) => void): void {
  fc.assert(
    fc.property(policies, tokenSets, activities, (policy, tokens, activity) =>
      rule(policy, tokens, activity as typeof idle),
    ),
    { numRuns: 2_000 },
  );
}

const tokensOf = (lifeSeconds: number | null, more: Partial<PlannedTokens> = {}): PlannedTokens => ({
  status: 'ACTIVE',
  hasRefreshToken: true,
  issuedAt: NOW,
  expiresAt: lifeSeconds === null ? null : NOW + lifeSeconds * 1000,
  refreshTokenExpiresAt: null,
  refreshTokenEnd: 'idle',
  retryAt: null,
  spread: 0,
  ...more,
});

const scheduled = barePolicy('SCHEDULED');
const lazy = barePolicy('LAZY');
const whenActive = { ...barePolicy('WHEN_ACTIVE'), idleAfterSeconds: 1_800 };

describe('whatever the policy and the time', () => {
  it('no refresh is sent before the provider takes it', () => {
    holds((policy, tokens, activity) => {
      const at = sentAt(policy, tokens, activity);
      if (at === null) return;
      const { expiresAt, issuedAt } = tokens;
      if (policy.notBeforeSeconds !== null && expiresAt !== null) {
        expect(at).toBeGreaterThanOrEqual(expiresAt - policy.notBeforeSeconds * 1000);
      }
      if (policy.minimumAgeSeconds !== null) {
        expect(at).toBeGreaterThanOrEqual(issuedAt + policy.minimumAgeSeconds * 1000);
      }
    });
  });

  it('none is sent once it takes none any more, or past the end of the refresh token', () => {
    holds((policy, tokens, activity) => {
      const at = sentAt(policy, tokens, activity);
      if (at === null) return;
      expect(tokens.hasRefreshToken).toBe(true);
      expect(at).toBeLessThan(tokens.refreshTokenExpiresAt ?? Infinity);
      const { notAfterSeconds } = policy;
      if (notAfterSeconds !== null && tokens.expiresAt !== null) {
        expect(at).toBeLessThan(tokens.expiresAt - notAfterSeconds * 1000);
      }
    });
  });

  it('none is sent before the pause after a failure is over', () => {
    holds((policy, tokens, activity) => {
      const at = sentAt(policy, tokens, activity);
      if (at !== null) expect(at).toBeGreaterThanOrEqual(tokens.retryAt ?? 0);
    });
  });

  it('a version keeps its moment, however often and late it is asked for', () => {
    const times = fc.tuple(fc.nat({ max: 90 * DAY * 1000 }), fc.nat({ max: 90 * DAY * 1000 }));
    fc.assert(
      fc.property(policies, tokenSets, times, (policy, tokens, [one, other]) => {
        const [first, second] = [one, other].map((ms) => plan(policy, tokens, idle, NOW + ms));
        if (first?.do === 'refresh-at' && second?.do === 'refresh-at') expect(first.at).toBe(second.at);
      }),
      { numRuns: 2_000 },
    );
  });

  it('the version that a refresh brought is not due when it comes', () => {
    fc.assert(
      fc.property(policies, tokenSets, activities, seconds(90 * DAY), (policy, tokens, activity, life) => {
        if (sentAt(policy, tokens, activity) !== NOW) return;
        const end = tokens.refreshTokenEnd === 'idle' ? null : tokens.refreshTokenExpiresAt;
        const renewed = { ...tokensOf(life), spread: tokens.spread, refreshTokenEnd: tokens.refreshTokenEnd };
        const planned = plan(policy, { ...renewed, refreshTokenExpiresAt: end }, activity, NOW);
        if (planned.do === 'refresh-at') expect(planned.at).toBeGreaterThan(NOW);
        else expect(planned.do).toBe('nothing');
      }),
      { numRuns: 2_000 },
    );
  });

  it('the moment of an access token is a lead before its end, up to the jitter earlier, and in its second half', () => {
    fc.assert(
      fc.property(
        seconds(DAY),
        seconds(DAY),
        seconds(90 * DAY),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (...given) => {
          const [leadSeconds, jitterSeconds, life, spread] = given;
          const at = nextRefreshAt({ ...scheduled, leadSeconds, jitterSeconds }, tokensOf(life, { spread }), idle, NOW);
          const latest = NOW + (life - leadSeconds) * 1000;
          const halfway = NOW + life * 500;
          expect(at).toBeLessThanOrEqual(Math.max(latest, halfway, NOW + 1_000));
          expect(at).toBeGreaterThanOrEqual(Math.max(latest - jitterSeconds * 1000, halfway));
        },
      ),
    );
  });

  it('a grant is kept alive at least as often as the policy says, where the provider takes it', () => {
    holds((policy, tokens) => {
      const { keepAliveSeconds, notBeforeSeconds, minimumAgeSeconds } = policy;
      if (keepAliveSeconds === null || notBeforeSeconds !== null || minimumAgeSeconds !== null) return;
      const living = { ...tokens, hasRefreshToken: true, retryAt: null, refreshTokenExpiresAt: null };
      const at = nextRefreshAt({ ...policy, notAfterSeconds: null }, living, idle, NOW);
      expect(at).toBeLessThanOrEqual(tokens.issuedAt + keepAliveSeconds * 1000);
    });
  });

  it('a token that is over has a plan that brings a new one, or its user is asked', () => {
    holds((policy, tokens) => {
      if (policy.mode === 'NEVER' || tokens.expiresAt === null || tokens.expiresAt > NOW) return;
      expect(['refresh-and-wait', 'refresh-at', 'ask-user']).toContain(plan(policy, tokens, use, NOW).do);
    });
  });

  it('a user is asked only for a token that is over and cannot be renewed', () => {
    holds((policy, tokens, activity) => {
      if (plan(policy, tokens, activity, NOW).do !== 'ask-user') return;
      expect(tokens.expiresAt).toBeLessThanOrEqual(NOW);
      expect(policy.mode).not.toBe('NEVER');
    });
  });

  it('a scheduled account that can be renewed has a moment', () => {
    fc.assert(
      fc.property(seconds(30 * DAY), maybe(seconds(60)), (life, leadSeconds) => {
        const planned = plan({ ...scheduled, leadSeconds }, tokensOf(life), idle, NOW);
        expect(planned).toMatchObject({ do: 'refresh-at', why: 'SCHEDULED' });
      }),
    );
  });
});

describe('a scheduled account', () => {
  it('whose token lives six hours is due after 21,540 seconds', () => {
    expect(plan(scheduled, tokensOf(21_600), idle, NOW)).toEqual({
      do: 'refresh-at',
      at: NOW + 21_540_000,
      why: 'SCHEDULED',
    });
  });

  it('that ends with others is spread over the jitter', () => {
    const policy = { ...scheduled, jitterSeconds: 600 };
    const moments = [0, 0.5, 1].map((spread) => nextRefreshAt(policy, tokensOf(21_600, { spread }), idle, NOW));
    expect(moments).toEqual([NOW + 21_540_000, NOW + 21_240_000, NOW + 20_940_000]);
  });

  it('whose provider takes a refresh in the last 30 seconds alone waits for those', () => {
    const policy = { ...scheduled, notBeforeSeconds: 30 };
    expect(nextRefreshAt(policy, tokensOf(600), idle, NOW)).toBe(NOW + 570_000);
  });

  it('whose provider takes a refresh after the end alone is spread over the time after it', () => {
    const policy = { ...scheduled, notBeforeSeconds: 0, jitterSeconds: 60 };
    const moments = [0, 0.5].map((spread) => nextRefreshAt(policy, tokensOf(600, { spread }), idle, NOW));
    expect(moments).toEqual([NOW + 600_000, NOW + 630_000]);
  });

  it('that missed its moment is renewed by a use, which does not wait for it', () => {
    const tokens = tokensOf(600);
    expect(plan(scheduled, tokens, use, NOW + 540_000)).toEqual({ do: 'refresh-behind', why: 'BEHIND' });
    expect(plan(scheduled, tokens, use, NOW + 539_999)).toEqual({ do: 'nothing', why: 'LIVES' });
  });

  it('whose access token outlives the refresh token is renewed once more before that ends', () => {
    const refreshTokenExpiresAt = NOW + 100 * DAY * 1000;
    const tokens = tokensOf(365 * DAY, { refreshTokenExpiresAt, refreshTokenEnd: 'fixed' });
    expect(nextRefreshAt(scheduled, tokens, idle, NOW)).toBeNull(); // before half of its life: not worth it
    const older = { ...tokens, expiresAt: NOW + 150 * DAY * 1000 };
    expect(nextRefreshAt(scheduled, older, idle, NOW)).toBe(NOW + 97 * DAY * 1000);
  });
});

describe('a lazy account', () => {
  it('is left alone while nobody uses it', () => {
    expect(plan(lazy, tokensOf(600), idle, NOW + DAY * 1000)).toEqual({ do: 'nothing', why: 'ON_USE' });
  });

  it('is renewed behind a use near the end, and before a use when it is over', () => {
    const policy = { ...lazy, leadSeconds: 120 };
    const at = (second: number) => plan(policy, tokensOf(600), use, NOW + second * 1000).do;
    expect([479, 480, 594, 595, 600].map(at)).toEqual([
      'nothing',
      'refresh-behind',
      'refresh-behind',
      'refresh-and-wait',
      'refresh-and-wait',
    ]);
  });

  it('is not let die of being unused', () => {
    const tokens = tokensOf(3_600, { refreshTokenExpiresAt: NOW + 90 * DAY * 1000 });
    expect(plan(lazy, tokens, idle, NOW)).toEqual({
      do: 'refresh-at',
      at: NOW + 87 * DAY * 1000,
      why: 'KEEP_ALIVE',
    });
  });

  it('whose grant ends on a day is not renewed for nothing', () => {
    const tokens = tokensOf(3_600, { refreshTokenExpiresAt: NOW + 90 * DAY * 1000, refreshTokenEnd: 'fixed' });
    expect(plan(lazy, tokens, idle, NOW)).toEqual({ do: 'nothing', why: 'ON_USE' });
  });

  it('whose provider renews living tokens alone is renewed in time, and not in its first day', () => {
    const policy = { ...lazy, minimumAgeSeconds: DAY, notAfterSeconds: 0 };
    const tokens = tokensOf(60 * DAY);
    expect(nextRefreshAt(policy, tokens, idle, NOW)).toBe(NOW + 57 * DAY * 1000);
    expect(plan(policy, tokens, use, NOW + 60 * DAY * 1000)).toEqual({ do: 'ask-user', why: 'CANNOT_RENEW' });
    expect(nextRefreshAt(policy, tokensOf(DAY + 1_000), idle, NOW)).toBe(NOW + DAY * 1000);
  });

  it('that is over and was told to wait says until when', () => {
    const tokens = tokensOf(600, { retryAt: NOW + 700_000 });
    expect(plan(lazy, tokens, use, NOW + 650_000)).toEqual({ do: 'refresh-at', at: NOW + 700_000, why: 'EXPIRED' });
    expect(plan(lazy, tokens, use, NOW + 597_000)).toEqual({ do: 'nothing', why: 'LIVES' });
  });
});

describe('an account that is kept while its user is active', () => {
  const activeUntil = (second: number) => ({ lastActiveAt: NOW + second * 1000, isUse: false });

  it('is scheduled while they are, and not once they are idle', () => {
    const tokens = tokensOf(3_600);
    expect(nextRefreshAt(whenActive, tokens, activeUntil(0), NOW)).toBe(NOW + 3_540_000);
    expect(nextRefreshAt(whenActive, tokens, activeUntil(0), NOW + 1_799_999)).toBe(NOW + 3_540_000);
    expect(plan(whenActive, tokens, activeUntil(0), NOW + 1_800_000)).toEqual({ do: 'nothing', why: 'IDLE' });
  });

  it('is renewed when they come back near its end, and waited for when it is over', () => {
    const back = { lastActiveAt: NOW, isUse: true };
    expect(plan(whenActive, tokensOf(3_600), back, NOW + 3_000_000)).toEqual({ do: 'nothing', why: 'LIVES' });
    expect(plan(whenActive, tokensOf(3_600), back, NOW + 3_550_000)).toEqual({ do: 'refresh-behind', why: 'RESUMED' });
    expect(plan(whenActive, tokensOf(3_600), back, NOW + 9_000_000).do).toBe('refresh-and-wait');
  });
});

describe('an account that is never refreshed', () => {
  const never = barePolicy('NEVER');

  it('is used as it is, over or not', () => {
    expect(plan(never, tokensOf(600), use, NOW + DAY * 1000)).toEqual({ do: 'nothing', why: 'NEVER' });
  });

  it('is kept alive all the same where the policy says so', () => {
    const policy = { ...never, keepAliveSeconds: 30 * DAY };
    expect(nextRefreshAt(policy, tokensOf(null), idle, NOW)).toBe(NOW + 30 * DAY * 1000);
    expect(plan(policy, tokensOf(null), use, NOW + 31 * DAY * 1000).do).toBe('refresh-behind');
  });
});

describe('a clock', () => {
  it('that is set back by hours makes nothing due, and one that is set forward makes each version due once', () => {
    const tokens = tokensOf(3_600);
    const HOURS = 5 * 60 * 60 * 1000;
    expect(nextRefreshAt(scheduled, tokens, idle, NOW - HOURS)).toBe(NOW + 3_540_000);
    expect(plan(scheduled, tokens, use, NOW - HOURS).do).toBe('nothing');
    expect(nextRefreshAt(scheduled, tokens, idle, NOW + HOURS)).toBeLessThan(NOW + HOURS);
    const renewed = tokensOf(3_600, { issuedAt: NOW + HOURS, expiresAt: NOW + HOURS + 3_600_000 });
    for (const now of [NOW, NOW + HOURS])
      expect(nextRefreshAt(scheduled, renewed, idle, now)).toBeGreaterThan(NOW + HOURS);
  });
});

describe('an account that waits for its user', () => {
  it('is planned nothing for', () => {
    const tokens = tokensOf(600, { status: 'NEEDS_REAUTHORIZATION' });
    for (const activity of [idle, use]) {
      expect(plan(scheduled, tokens, activity, NOW)).toEqual({ do: 'ask-user', why: 'NEEDS_REAUTHORIZATION' });
    }
  });

  it('is one without a refresh token whose access token is over, and no other', () => {
    const tokens = tokensOf(600, { hasRefreshToken: false });
    expect(plan(lazy, tokens, use, NOW + 599_999).do).toBe('nothing');
    expect(plan(lazy, tokens, use, NOW + 600_000)).toEqual({ do: 'ask-user', why: 'CANNOT_RENEW' });
    expect(plan(lazy, tokensOf(null, { hasRefreshToken: false }), use, NOW).do).toBe('nothing');
  });
});
