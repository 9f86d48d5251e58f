/** The providers of this deployment, by id. Built by load-catalogue.ts, and by tests from providers of their own. */
import { fail } from '../errors.js';
import type { Catalogue, Provider } from './provider.js';

export function createCatalogue(providers: readonly Provider[]): Catalogue {
  const byId = new Map(providers.map((provider) => [provider.id, freezeDeep(provider)]));
  const list = Object.freeze([...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  return {
    list: () => list,
    get: (id) => byId.get(id) ?? fail('UNKNOWN_PROVIDER'),
  };
}

/** A Secret keeps its value in a private field and has nothing to freeze. */
function freezeDeep<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)) freezeDeep(inner as object);
  }
  return Object.freeze(value);
}
