/** A provider as an operator gets it: from a shipped definition and a file that extends it, read by the real loader, with
 *  the provider's origins replaced by those of a test's server on 127.0.0.1. */
import { loadCatalogue } from '../../src/providers/load-catalogue.js';
import type { Provider } from '../../src/providers/provider.js';
import { readShippedDefinition } from '../../src/providers/shipped-definitions.js';

export interface ShippedProviderOptions {
  /** The definition. */
  readonly extends: string;
  /** The provider's id; the definition's when left out. */
  readonly id?: string;
  /** Real origin to test origin. */
  readonly origins: Readonly<Record<string, string>>;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Further lines of the operator's file. */
  readonly file?: string;
}

export function shippedProvider(options: ShippedProviderOptions): Provider {
  const { extends: definition, id = definition, clientId, clientSecret, file = '' } = options;
  const checked = loadCatalogue({
    folder: '/providers',
    mode: 'development',
    environment: { [`LATCHKEY_PROVIDER_${id.toUpperCase().replaceAll('-', '_')}_CLIENT_SECRET`]: clientSecret },
    readFolder: () => [`${id}.yaml`],
    readFile: () => `extends: ${definition}\nnetwork: loopback\nclientId: ${clientId}\n${file}`,
    readShipped: (name) => replaceOrigins(readShippedDefinition(name), options.origins),
  });
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults, null, 2));
  return checked.value.get(id);
}

function replaceOrigins(text: string | null, origins: ShippedProviderOptions['origins']): string | null {
  return Object.entries(origins).reduce<string | null>((now, [from, to]) => now && now.replaceAll(from, to), text);
}
