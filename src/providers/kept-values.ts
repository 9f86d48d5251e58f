/** Takes the values that a definition keeps out of what a provider said. Pure; called by token-members.ts and profile/. */
import type { JsonObject, JsonValue } from '../outbound/strict-json.js';
import type { ProviderValues } from './provider.js';
import { queryText } from './query-json.js';

/** Of a value that is no plain text of at most 500 characters nothing is kept. */
const PLAIN = /^[^\p{Cc}\p{Cs}]{1,500}$/u;

export function isKeepable(value: string): boolean {
  return PLAIN.test(value);
}

export function keepFrom(
  expressions: Readonly<Record<string, string>>,
  content: JsonObject | JsonValue[],
): ProviderValues {
  const found = Object.entries(expressions).flatMap(([name, expression]) => {
    const value = queryText(expression, content);
    return value !== null && isKeepable(value) ? [[name, value] as const] : [];
  });
  return Object.fromEntries(found);
}
