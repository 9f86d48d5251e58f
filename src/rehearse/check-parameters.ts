/** Compares the parameters of a request with what a definition says of them: those of the specification, with some renamed,
 *  removed and added. Called by the endpoints of this room. It reads a definition by itself and not with the engine that is
 *  rehearsed, so that a fault of either shows. */
import type { ParameterChanges } from '../providers/dialect.js';

/** What is wrong with a value, or null. */
export type Judge = (value: string) => Promise<string | null> | string | null;

/** By the specification's names. */
export type Expected = Readonly<Record<string, Judge>>;

export interface ParameterRules {
  readonly changes: ParameterChanges;
  readonly expected: Expected;
  /** Names that may be there, beside those that must. */
  readonly optional?: Expected;
}

export interface CheckedParameters {
  /** By the specification's names. */
  readonly standard: ReadonlyMap<string, string>;
  readonly faults: readonly string[];
}

export const is =
  (wanted: string): Judge =>
  (value) =>
    value === wanted ? null : 'is not what was agreed';

export const isPresent: Judge = (value) => (value === '' ? 'is empty' : null);

export async function checkParameters(given: URLSearchParams, rules: ParameterRules): Promise<CheckedParameters> {
  const { changes, expected, optional = {} } = rules;
  const faults: string[] = [];
  const left = new Map(given);
  for (const [name, value] of Object.entries(changes.add)) {
    const sent = left.get(name);
    // {state} is the attempt's own.
    const isGood = value === '{state}' ? !!sent : sent === value;
    if (!isGood) faults.push(`${name} has to be ${value} (add)`);
    left.delete(name);
  }
  const standard = new Map([...left].map(([name, value]) => [standardName(changes, name), value]));
  for (const name of Object.keys(changes.rename)) {
    if (left.has(name)) faults.push(`${name} stands under its own name beside ${changes.rename[name]} (rename)`);
  }
  for (const [name, judge] of Object.entries(expected)) {
    const written = changes.rename[name] ?? name;
    if (changes.remove.includes(name) || Object.hasOwn(changes.add, written)) continue;
    const value = standard.get(name);
    const fault = value === undefined ? 'is missing' : await judge(value);
    if (fault !== null) faults.push(`${written} ${fault}`);
  }
  for (const [name, value] of standard) {
    const judge = changes.remove.includes(name) ? undefined : (expected[name] ?? optional[name]);
    const fault = judge === undefined ? 'is not expected' : Object.hasOwn(expected, name) ? null : await judge(value);
    if (fault !== null) faults.push(`${changes.rename[name] ?? name} ${fault}`);
  }
  return { standard, faults };
}

function standardName({ rename }: ParameterChanges, name: string): string {
  return Object.entries(rename).find(([, theirs]) => theirs === name)?.[0] ?? name;
}
