/** What makes figures worth comparing: the same seed gives the same run, policies meet the same users, and a sample says
 *  what the whole would. */
import { expect, test } from 'vitest';
import { comparePolicies } from '../../src/simulate/compare-policies.js';
import { createEventQueue } from '../../src/simulate/event-queue.js';
import { simulatePolicy } from '../../src/simulate/simulate-policy.js';
import type { PolicyFigures } from '../../src/simulate/tally.js';
import { DAY, defaultMix, HOUR, userModelNames } from '../../src/simulate/user-models.js';
import { createUsers } from '../../src/simulate/users.js';
import { figuresOf, policyOf, scenarioOf } from './scenarios.js';

const mixed = { accounts: 200, users: defaultMix, connectWithin: DAY, days: 10 } as const;

test('a seed is a run: the same one gives the same figures, another one gives others', () => {
  const run = (seed: number): PolicyFigures => figuresOf({ mode: 'LAZY' }, { ...mixed, seed });
  expect(run(1)).toEqual(run(1));
  expect(run(2)).not.toEqual(run(1));
});

test('every policy meets the same uses', () => {
  const uses = (['SCHEDULED', 'LAZY', 'WHEN_ACTIVE', 'NEVER'] as const).map((mode) => figuresOf({ mode }, mixed).uses);
  expect(new Set(uses).size).toBe(1);
});

test.each(['SCHEDULED', 'LAZY', 'WHEN_ACTIVE'] as const)('a fifth of the accounts tells what all would: %s', (mode) => {
  const whole = { ...mixed, accounts: 1500, days: 7 };
  const policy = policyOf({ mode, idleAfterSeconds: 86_400 });
  const full = simulatePolicy(policy, scenarioOf(whole)).figures;
  const sample = simulatePolicy(policy, scenarioOf({ ...whole, simulated: 300 })).figures;
  for (const name of ['uses', 'refreshes', 'waitsPerThousandUses'] as const) {
    expect(Math.abs(sample[name] - full[name]), name).toBeLessThanOrEqual(0.1 * full[name]);
  }
  expect(sample.peakPerSecond).toBeGreaterThanOrEqual(0.5 * full.peakPerSecond);
  expect(sample.peakPerSecond).toBeLessThanOrEqual(2 * full.peakPerSecond);
});

test('a sample does not smooth a crowd away: 4000 at one instant are 4000, by 1000 of them', () => {
  const full = figuresOf({ mode: 'SCHEDULED' }, { accounts: 4000, days: 1 });
  const sample = figuresOf({ mode: 'SCHEDULED' }, { accounts: 4000, simulated: 1000, days: 1 });
  expect(full.peakPerSecond).toBe(4000);
  expect(sample.peakPerSecond).toBeGreaterThan(3500);
  expect(sample.peakPerSecond).toBeLessThanOrEqual(4000);
});

test('a budget means the same in a sample', () => {
  const policy = { mode: 'SCHEDULED', leadSeconds: 600, budgetPerSecond: 10 } as const;
  const { peakPerSecond } = figuresOf(policy, { accounts: 4000, simulated: 1000, days: 1 });
  expect([10, 11]).toContain(peakPerSecond); // the leeway of a sample is less than one
});

test('only what would take too many events is sampled, and all policies meet the same sample', () => {
  const { simulated: _, ...scenario } = scenarioOf({ ...mixed, accounts: 1000 });
  const policies = [
    { name: 'busy', policy: policyOf({ mode: 'SCHEDULED' }) },
    { name: 'quiet', policy: policyOf({ mode: 'LAZY' }) },
  ];
  const seen: string[] = [];
  const compare = (maxEvents: number) =>
    comparePolicies({ scenario, policies, maxEvents, onProgress: ({ name }) => void seen.push(name) });
  expect(compare(1e9).scenario.simulated).toBe(1000);
  const sampled = compare(50_000);
  expect(sampled.scenario.simulated).toBeLessThan(250);
  for (const { events } of sampled.rows) expect(events).toBeLessThan(60_000);
  expect(seen).toEqual(['busy', 'quiet', 'busy', 'quiet']);
});

test('the first accounts are used as all of them are', () => {
  const users = createUsers({ accounts: 1000, seed: 1, mix: defaultMix });
  for (const name of userModelNames) {
    const count = Array.from({ length: 1000 }, (_, account) => users.modelOf(account)).filter((one) => one === name);
    expect(count.length / 1000).toBeCloseTo(defaultMix[name] ?? 0, 2);
  }
});

test('office users come on working days and in the hours of their model, about 12 times a day', () => {
  const users = createUsers({ accounts: 100, seed: 1, mix: { daily: 1 } });
  let uses = 0;
  let strays = 0;
  for (let account = 0; account < 100; account += 1) {
    for (let at = users.nextUse(account, 0); at < 28 * DAY; at = users.nextUse(account, at)) {
      const hour = (at % DAY) / HOUR;
      // Up to 18, two more for who begins late, and a visit's length.
      if (Math.floor(at / DAY) % 7 > 4 || hour < 8 || hour > 21) strays += 1;
      uses += 1;
    }
  }
  expect(strays).toBe(0);
  expect(uses / 100 / 20).toBeGreaterThan(11);
  expect(uses / 100 / 20).toBeLessThan(13);
});

test('the queue gives moments in order, equal ones by account, and forgets who has none', () => {
  const queue = createEventQueue(4);
  for (const [account, at] of [5, 3, 3, Infinity].entries()) queue.add(account, at);
  const seen: [number, number][] = [];
  const next: Record<number, number[]> = { 0: [Infinity], 1: [4, Infinity], 2: [Infinity] };
  while (queue.firstAt() < Infinity) {
    seen.push([queue.first(), queue.firstAt()]);
    queue.moveFirst(next[queue.first()]?.shift() ?? Infinity);
  }
  expect(seen).toEqual([
    [1, 3],
    [2, 3],
    [1, 4],
    [0, 5],
  ]);
});
