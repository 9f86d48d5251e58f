/** Checks the values that a user must give before connecting, such as a subdomain, against the provider's definition.
 *  Called by start. Must never: let a value through that no pattern or name of the definition allows. */
import { fail } from '../errors.js';
import type { Provider, ProviderValues } from '../providers/provider.js';

export interface ParameterValue {
  readonly name: string;
  readonly value: string;
}

/** The values of this attempt: those that are given, and the defaults of the others. Throws BAD_USER_INPUT naming the parameter. */
export function readProviderParameters(provider: Provider, given: readonly ParameterValue[]): ProviderValues {
  const names = given.map(({ name }) => name);
  if (names.some((name) => !provider.parameters.some((known) => known.name === name))) {
    refuse(`"parameters" names one that the provider "${provider.id}" does not have. ${listOf(provider)}`);
  }
  for (const { name, pattern, required } of provider.parameters) {
    const values = given.filter((one) => one.name === name).map(({ value }) => value);
    if (values.length > 1) refuse(`The parameter "${name}" is given ${values.length} times.`);
    if (required && values.length === 0 && !Object.hasOwn(provider.values, name))
      refuse(`The provider "${provider.id}" needs the parameter "${name}".`);
    if (pattern !== null && values.some((value) => !new RegExp(`^(?:${pattern})$`, 'u').test(value))) {
      refuse(`The value of the parameter "${name}" does not look like one (${pattern}).`);
    }
  }
  const defaults = provider.parameters.flatMap(({ name }) => {
    const value = Object.hasOwn(provider.values, name) ? provider.values[name] : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries([...defaults, ...given.map(({ name, value }) => [name, value] as const)]);
}

function listOf({ parameters }: Provider): string {
  return parameters.length === 0 ? 'It has none.' : `It has: ${parameters.map(({ name }) => name).join(', ')}.`;
}

function refuse(why: string): never {
  return fail('BAD_USER_INPUT', { field: 'parameters', why });
}
