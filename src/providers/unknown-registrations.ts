/** Finds credentials in the environment that no provider takes: of a provider that has no file, or under a name that none
 *  has. A misspelt one would be ignored without a word. Called by load-catalogue. */
import type { ConfigFault } from '../config/fault.js';
import { suggestName } from '../config/unknown-names.js';
import { registrationNames } from './read-client.js';

export function findUnknownRegistrations(
  environment: Readonly<Record<string, string | undefined>>,
  providerIds: readonly string[],
): ConfigFault[] {
  const known = new Set(providerIds.flatMap(registrationNames));
  return Object.keys(environment)
    .filter((name) => name.startsWith('LATCHKEY_PROVIDER_') && !known.has(name))
    .filter((name) => environment[name]?.trim()) // an empty one is as good as not set
    .toSorted()
    .map((name) => {
      const near = suggestName(name, { known: [...known, 'LATCHKEY_PROVIDERS_FOLDER'], mostChanges: 2 });
      return { path: name, fault: 'belongs to no provider that is set up here', mend: near ?? mend(providerIds) };
    });
}

function mend(providerIds: readonly string[]): string {
  if (providerIds.length === 0)
    return "Remove it, or set LATCHKEY_PROVIDERS_FOLDER to the folder of the provider's file.";
  const names = registrationNames('ID').join(', ');
  return `Remove it, or add the provider's file: those that have one are ${providerIds.join(', ')}, and the names are ${names}.`;
}
