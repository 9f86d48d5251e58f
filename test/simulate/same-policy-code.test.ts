/** The simulation asks plan() and has no rule of its own: whatever plan() says is what happens. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { nextRefreshAt, plan } from '../../src/refresh/plan.js';
import { simulatePolicy } from '../../src/simulate/simulate-policy.js';
import { HOUR } from '../../src/simulate/user-models.js';
import { projectRoot, readSources } from '../support/source-tree.js';
import { figuresOf, policyOf, scenarioOf } from './scenarios.js';

vi.mock(import('../../src/refresh/plan.js'), async (load) => {
  const real = await load();
  return { ...real, plan: vi.fn(real.plan), nextRefreshAt: vi.fn(real.nextRefreshAt) };
});

afterEach(() => void vi.resetAllMocks());

test('a plan that wants a refresh every two hours gets one, whatever the policy says', () => {
  const everyTwoHours = (issuedAt: number) =>
    ({ do: 'refresh-at', at: issuedAt + 2 * HOUR, why: 'SCHEDULED' }) as const;
  vi.mocked(plan).mockImplementation((_, { issuedAt }) => everyTwoHours(issuedAt));
  vi.mocked(nextRefreshAt).mockImplementation((_, { issuedAt }) => everyTwoHours(issuedAt).at);
  expect(figuresOf({ mode: 'LAZY' }, { days: 1 }).refreshes).toBe(11);
  expect(figuresOf({ mode: 'NEVER' }, { days: 1 }).refreshes).toBe(11);
});

test('each use and each alarm is a question to plan(), with the policy untouched', () => {
  const policy = policyOf({ mode: 'SCHEDULED', leadSeconds: 60 });
  const { events, figures } = simulatePolicy(policy, scenarioOf({ users: { sync: 1 }, days: 1 }));
  const asked = vi.mocked(plan).mock.calls;
  expect(asked).toHaveLength(events - 1); // the first one is the consent
  expect(events).toBeGreaterThan(figures.uses + 20);
  expect(asked.every(([given]) => given === policy)).toBe(true);
});

test('no file of the room reads what a policy says, but the one that makes up policies', () => {
  const rule =
    /\b(leadSeconds|jitterSeconds|idleAfterSeconds|keepAliveSeconds|not(Before|After)Seconds|minimumAgeSeconds)\b|policy\.mode/;
  const readers = readSources('src/simulate').filter(({ path }) =>
    rule.test(readFileSync(join(projectRoot, path), 'utf8')),
  );
  expect(readers.map(({ path }) => path)).toEqual(['src/simulate/policy-variants.ts']);
});
