/** Runs several policies over the same users, and decides how many of the accounts to simulate: all, or a sample that keeps
 *  each run within a number of events. Called by cli/simulate.ts. */
import type { NamedPolicy } from './policy-variants.js';
import type { Scenario } from './scenario.js';
import { simulatePolicy } from './simulate-policy.js';
import type { PolicyFigures } from './tally.js';

export interface Comparison {
  readonly scenario: Scenario;
  readonly rows: readonly ComparedPolicy[];
}

export interface ComparedPolicy extends NamedPolicy {
  readonly figures: PolicyFigures;
  readonly events: number;
}

export interface ComparisonParts {
  readonly scenario: Omit<Scenario, 'simulated'>;
  readonly policies: readonly NamedPolicy[];
  /** At most about so many uses and alarms for each policy. */
  readonly maxEvents: number;
  /** Called before each run. */
  readonly onProgress: (next: { readonly name: string; readonly simulated: number }) => void;
}

/** Tells how eventful an account is. */
const PILOTS = 60;

export function comparePolicies({ scenario, policies, maxEvents, onProgress }: ComparisonParts): Comparison {
  const simulated = sampleSize({ scenario, policies, maxEvents });
  const whole = { ...scenario, simulated };
  const rows = policies.map(({ name, policy }) => {
    onProgress({ name, simulated });
    return { name, policy, ...simulatePolicy(policy, whole) };
  });
  return { scenario: whole, rows };
}

/** One for all policies, so that they meet the same people: 1 account in 1, 2, 3, ... as the busiest of them needs. */
function sampleSize({ scenario, policies, maxEvents }: Omit<ComparisonParts, 'onProgress'>): number {
  const { accounts } = scenario;
  const pilots = Math.min(accounts, PILOTS);
  const runs = policies.map(({ policy }) => simulatePolicy(policy, { ...scenario, simulated: pilots }).events);
  const perAccount = Math.max(...runs) / pilots;
  const oneIn = Math.max(1, Math.ceil((accounts * perAccount) / maxEvents));
  return Math.max(Math.ceil(accounts / oneIn), pilots);
}
