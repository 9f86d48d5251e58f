/** A provider with every placeholder filled, as the server of this room knows it from the start. Pure; called by rehearse.ts.
 *  It fills by itself, and not with what fills in the gateway, so that a fault of that shows. */
import type { Provider } from '../providers/provider.js';
import { Secret } from '../secret.js';

export function fillDefinition(provider: Provider, values: Readonly<Record<string, string>>): Provider {
  return fill(provider, values) as Provider; // the same shape, with other texts
}

function fill(value: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\{([a-z][A-Za-z0-9]*)\}/g, (whole, name: string) => values[name] ?? whole);
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, values));
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fill(one, values)]));
}
