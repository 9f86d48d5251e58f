/** The providers of this deployment, by id. Built by load-catalogue.ts, and by tests from providers of their own. */
import { fail } from '../errors.js';
import { fillProvider } from './fill-provider.js';
import type { Catalogue, Provider, ProviderValues } from './provider.js';

/** Filled providers that are remembered; each is some kilobytes. What is remembered by them elsewhere goes with them. */
const MOST_FILLED = 1_000;

export function createCatalogue(providers: readonly Provider[]): Catalogue {
  const byId = new Map(providers.map((provider) => [provider.id, freezeDeep(provider)]));
  const list = Object.freeze([...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  // In the order of their last use.
  const filled = new Map<string, Provider>();

  return {
    list: () => list,
    get,
    forAccount({ providerId, providerValues }) {
      const template = get(providerId);
      return template.placeholders.length === 0 ? template : fill(template, providerValues);
    },
  };

  function get(id: string): Provider {
    return byId.get(id) ?? fail('UNKNOWN_PROVIDER');
  }

  function fill(template: Provider, values: ProviderValues): Provider {
    const key = JSON.stringify([template.id, values]);
    const provider = filled.get(key) ?? freezeDeep(fillProvider(template, values, 'me'));
    filled.delete(key);
    filled.set(key, provider);
    const [oldest] = filled.keys();
    if (filled.size > MOST_FILLED && oldest !== undefined) filled.delete(oldest);
    return provider;
  }
}

/** A Secret keeps its value in a private field and has nothing to freeze. */
function freezeDeep<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)) freezeDeep(inner as object);
  }
  return Object.freeze(value);
}
