/** The engine beside cases that can be counted by hand. */
import { describe, expect, test } from 'vitest';
import { DAY, HOUR } from '../../src/simulate/user-models.js';
import { figuresOf } from './scenarios.js';

const tenDaysIdle = { refreshTokenLife: 10 * DAY } as const;
const unstated = { ...tenDaysIdle, isEndStated: false } as const;

describe('one account, 30 days', () => {
  test('6 hours and a lead of 60 s make a refresh every 21540 s: 120 in all, and nobody used one', () => {
    const rules = { accessTokenLife: 6 * HOUR };
    const figures = figuresOf({ mode: 'SCHEDULED', leadSeconds: 60 }, { rules });
    expect(figures).toMatchObject({ refreshes: 120, refreshesPerDay: 4, peakPerSecond: 1, wastedShare: 1, waits: 0 });
  });

  test('a lazy one that nobody uses is never refreshed, and dies at an idle end that nobody stated', () => {
    const figures = figuresOf({ mode: 'LAZY' }, { rules: unstated });
    expect(figures).toMatchObject({ refreshes: 0, lost: 1, reconnects: 0, lostBecause: { UNUSED: 1 } });
    expect(figuresOf({ mode: 'LAZY' }, { rules: unstated, days: 9 }).lost).toBe(0);
  });

  test('a lazy one is saved from an idle end that is stated: a refresh a day before each', () => {
    expect(figuresOf({ mode: 'LAZY' }, { rules: tenDaysIdle })).toMatchObject({ refreshes: 3, lost: 0 });
  });

  test('keepAlive every 5 days keeps it past an idle end that nobody stated', () => {
    const figures = figuresOf({ mode: 'LAZY', keepAliveSeconds: (5 * DAY) / 1000 }, { rules: unstated });
    expect(figures).toMatchObject({ refreshes: 5, lost: 0, wastedShare: 1 });
  });

  test('a machine that comes every 15 minutes waits once an hour when lazy, and never when scheduled', () => {
    const users = { sync: 1 };
    expect(figuresOf({ mode: 'LAZY' }, { users })).toMatchObject({ uses: 2880, waits: 719, refreshes: 719 });
    expect(figuresOf({ mode: 'SCHEDULED' }, { users })).toMatchObject({ uses: 2880, waits: 0, wastedShare: 0 });
  });

  test('under "never" the provider refuses the token first, and the use waits all the same', () => {
    expect(figuresOf({ mode: 'NEVER' }, { users: { sync: 1 } })).toMatchObject({ waits: 719, failedUses: 0 });
  });

  test('a token that does not end is never refreshed', () => {
    const rules = { accessTokenLife: null };
    expect(figuresOf({ mode: 'NEVER' }, { rules, users: { sync: 1 } })).toMatchObject({ refreshes: 0, failedUses: 0 });
  });

  test('no policy outlives a fixed end: whoever comes back is asked, and connects again', () => {
    const rules = { ...tenDaysIdle, refreshTokenEnd: 'fixed' } as const;
    const figures = figuresOf({ mode: 'SCHEDULED' }, { rules, users: { sync: 1 }, days: 29 });
    expect(figures).toMatchObject({ lost: 2, reconnects: 2, lostBecause: { FIXED_END: 2 } });
  });
});

describe('many accounts', () => {
  const crowd = { accounts: 1000, days: 1 } as const;

  test('who connected together is refreshed together, unless jitter spreads them', () => {
    expect(figuresOf({ mode: 'SCHEDULED' }, crowd).peakPerSecond).toBe(1000);
    const spread = figuresOf({ mode: 'SCHEDULED', jitterSeconds: 600 }, crowd);
    expect(spread.peakPerSecond).toBeLessThan(20);
    expect(spread).toMatchObject({ waits: 0, lost: 0 });
  });

  test('a budget caps the refreshes a second', () => {
    const figures = figuresOf({ mode: 'SCHEDULED', leadSeconds: 600, budgetPerSecond: 10 }, crowd);
    expect(figures.peakPerSecond).toBe(10);
    expect(figures.refreshes).toBeGreaterThan(20_000);
  });

  test('who waits goes before who does not, 10 s at most; past that the use fails', () => {
    const many = { ...crowd, users: { sync: 1 }, days: 1.2 / 24 };
    const roomy = figuresOf({ mode: 'LAZY', budgetPerSecond: 100 }, many);
    expect(roomy).toMatchObject({ peakPerSecond: 100, waits: 1000, failedUses: 0 });
    const narrow = figuresOf({ mode: 'LAZY', budgetPerSecond: 50 }, many);
    expect(narrow.peakPerSecond).toBe(50);
    expect(narrow.failedUses).toBe(499);
  });

  test('a provider that answers 50 a second gets the others later, and none is lost', () => {
    const figures = figuresOf({ mode: 'SCHEDULED', leadSeconds: 600 }, { ...crowd, rules: { limitPerSecond: 50 } });
    expect(figures.failedRefreshes).toBeGreaterThan(900);
    expect(figures).toMatchObject({ lost: 0, failedUses: 0 });
  });

  test('a million of them fit', () => {
    expect(figuresOf({ mode: 'LAZY' }, { accounts: 1_000_000, days: 1 })).toMatchObject({ uses: 1_000_000, lost: 0 });
  });
});

describe('a provider in trouble', () => {
  const outages = [{ from: 2 * DAY, to: 2 * DAY + 4 * HOUR }];
  const users = { sync: 1 };

  test('an outage fails the uses once the tokens are over, and all goes on after it', () => {
    const figures = figuresOf({ mode: 'SCHEDULED', leadSeconds: 1800 }, { users, rules: { outages } });
    expect(figures.failedUses).toBeGreaterThanOrEqual(11); // half an hour of the four is covered at least
    expect(figures.failedUses).toBeLessThanOrEqual(16);
    expect(figures.lost).toBe(0);
  });

  test('a grant that ends while refreshes fail is lost for that', () => {
    const rules = { outages, refreshTokenLife: 3 * HOUR };
    expect(figuresOf({ mode: 'SCHEDULED' }, { users, rules })).toMatchObject({
      lost: 1,
      reconnects: 1,
      lostBecause: { FAILING: 1 },
    });
  });

  test('a lost answer costs the grant where a refresh token may not be sent twice, and nowhere else', () => {
    const lossAt = (replay: 'stable' | 'grace' | 'untilFirstUse' | 'revokes'): number => {
      const rotation = { rotates: 'always', replay, graceSeconds: 3600, endsAtFirstUse: false } as const;
      const rules = { lostAnswers: 0.01, rotation };
      const { lost, lostBecause } = figuresOf({ mode: 'SCHEDULED' }, { accounts: 100, users, rules, days: 3 });
      expect(lostBecause.ANSWER_LOST).toBe(lost);
      return lost;
    };
    expect(lossAt('revokes')).toBeGreaterThan(20);
    expect([lossAt('stable'), lossAt('grace'), lossAt('untilFirstUse')]).toEqual([0, 0, 0]);
  });
});
