/** latchkey simulate: sets refresh policies side by side for a provider and its users. Data goes to standard output,
 *  progress to standard error. Called by simulate-command.ts. Asks no provider and opens no vault. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { SettingSource } from '../config/secret-setting.js';
import { StartFault } from '../config/start-fault.js';
import type { RefreshPolicy } from '../providers/provider.js';
import { comparePolicies } from '../simulate/compare-policies.js';
import { drawChart } from '../simulate/draw-chart.js';
import { drawTable } from '../simulate/draw-table.js';
import { grouped } from '../simulate/measures.js';
import { policyVariant, variantNames, type NamedPolicy } from '../simulate/policy-variants.js';
import type { Outage, ProviderRules } from '../simulate/scenario.js';
import { defaultMix, HOUR, type UserMix } from '../simulate/user-models.js';
import { readPolicyFile, readSimulatedProvider, type SimulatedDefinition } from './simulated-provider.js';

/** As commander gives them; times are milliseconds. */
export interface SimulateOptions {
  readonly provider?: string;
  readonly policy?: readonly string[];
  readonly accounts: number;
  readonly days: number;
  readonly users?: UserMix;
  readonly seed: number;
  /** Null: they do not end. */
  readonly lifetime?: number | null;
  readonly refreshLifetime?: number | null;
  readonly unstated?: true;
  readonly limit?: number;
  readonly budget?: number;
  readonly outage?: readonly Outage[];
  readonly lostAnswers: number;
  readonly connectWithin: number;
  readonly events: number;
  readonly json?: true;
  readonly out?: string;
}

export interface SimulateParts {
  readonly sources: SettingSource;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
}

/** Throws StartFault for a provider, a policy or a file that cannot be used. */
export function simulate(options: SimulateOptions, { sources, write, writeError }: SimulateParts): void {
  const { accounts, days, seed, connectWithin, users = defaultMix } = options;
  const provider = readSimulatedProvider(options.provider ?? null, sources);
  const rules = rulesOf(provider, options);
  const policies = policiesOf({ provider, rules, options, sources });
  if (options.out !== undefined) assertWritable(options.out);
  const comparison = comparePolicies({
    scenario: { title: provider.name, rules, users, accounts, days, seed, connectWithin },
    policies,
    maxEvents: options.events,
    onProgress: ({ name, simulated }) => writeError(`${name}: ${grouped(simulated)} accounts\n`),
  });
  if (options.out !== undefined) writeFileSync(options.out, drawChart(comparison));
  write(`${options.json ? JSON.stringify(comparison, null, 2) : drawTable(comparison)}\n`);
}

/** Where nothing is said of it, an access token lives an hour, as most do. */
const USUAL_LIFE = HOUR;

function rulesOf({ lifetimes, rotation, refreshPolicy }: SimulatedDefinition, options: SimulateOptions): ProviderRules {
  const { accessTokenSeconds, refreshTokenSeconds, refreshTokenEnd } = lifetimes;
  if (options.unstated && refreshTokenSeconds === null && (options.refreshLifetime ?? null) === null) {
    throw new StartFault('There is no end to leave unstated; give one with --refresh-lifetime.');
  }
  const { lifetime = toLife(accessTokenSeconds), refreshLifetime = toLife(refreshTokenSeconds) } = options;
  return {
    accessTokenLife: lifetime ?? (refreshPolicy.mode === 'NEVER' || options.lifetime === null ? null : USUAL_LIFE),
    refreshTokenLife: refreshLifetime,
    refreshTokenEnd,
    isEndStated: options.unstated !== true,
    rotation,
    limitPerSecond: options.limit ?? null,
    outages: options.outage ?? [],
    lostAnswers: options.lostAnswers,
  };
}

function toLife(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

interface PoliciesParts {
  readonly provider: SimulatedDefinition;
  readonly rules: ProviderRules;
  readonly options: SimulateOptions;
  readonly sources: SettingSource;
}

const AS_CONFIGURED = 'as-configured';

/** What is configured first, where anything is. */
function policiesOf({ provider, rules, options, sources }: PoliciesParts): NamedPolicy[] {
  const configured = withBudget(provider.refreshPolicy, options.budget);
  const every = [...(options.provider === undefined ? [] : [AS_CONFIGURED]), ...variantNames];
  return (options.policy ?? every).map((name) => {
    const variant = variantNames.find((known) => known === name);
    if (variant) return { name, policy: policyVariant(variant, { configured, rules }) };
    if (name === AS_CONFIGURED) return { name, policy: configured };
    if (/[./]/.test(name)) return { name, policy: withBudget(readPolicyFile(name, sources), options.budget) };
    const names = [AS_CONFIGURED, ...variantNames].join(', ');
    throw new StartFault(`There is no policy "${name}". Take one of ${names}, or name a file.`);
  });
}

function withBudget(policy: RefreshPolicy, budget: number | undefined): RefreshPolicy {
  return budget === undefined ? policy : { ...policy, budgetPerSecond: budget };
}

const cannotCreate = 73; // sysexits.h: EX_CANTCREAT

/** Before the work and not after it. What the file holds stays until there is something new. */
function assertWritable(file: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new StartFault(`The chart cannot be written to ${file}; name a file in a folder that you may write.`, {
      exitCode: cannotCreate,
      cause: error,
    });
  }
}
