/** Scenarios and policies for the tests of the simulation, with all that a test does not speak of at rest. */
import { barePolicy } from '../../src/providers/bare-policy.js';
import type { RefreshPolicy } from '../../src/providers/provider.js';
import type { ProviderRules, Scenario } from '../../src/simulate/scenario.js';
import { simulatePolicy } from '../../src/simulate/simulate-policy.js';
import type { PolicyFigures } from '../../src/simulate/tally.js';
import { HOUR, type UserMix } from '../../src/simulate/user-models.js';

/** Everyone connects in the first moment, unless told otherwise. */
export function scenarioOf({
  accounts = 1,
  users = { gone: 1 },
  rules = {},
  ...others
}: Partial<Omit<Scenario, 'rules' | 'users'>> & { users?: UserMix; rules?: Partial<ProviderRules> } = {}): Scenario {
  const scenario = { title: 'Acme', accounts, simulated: accounts, days: 30, seed: 1, connectWithin: 0, users };
  return { ...scenario, ...others, rules: { ...plainRules, ...rules } };
}

export function policyOf(policy: Partial<RefreshPolicy> & Pick<RefreshPolicy, 'mode'>): RefreshPolicy {
  return { ...barePolicy(policy.mode), ...policy };
}

export function figuresOf(
  policy: Parameters<typeof policyOf>[0],
  scenario: Parameters<typeof scenarioOf>[0] = {},
): PolicyFigures {
  return simulatePolicy(policyOf(policy), scenarioOf(scenario)).figures;
}

const plainRules: ProviderRules = {
  accessTokenLife: HOUR,
  refreshTokenLife: null,
  refreshTokenEnd: 'idle',
  isEndStated: true,
  rotation: { rotates: 'always', replay: 'revokes', graceSeconds: null, endsAtFirstUse: false },
  limitPerSecond: null,
  outages: [],
  lostAnswers: 0,
};
