/** Looks something up in a provider's answer by a JMESPath expression of its definition. Pure; called by this room's
 *  engine and by profile/. An expression that does not fit the answer finds nothing: the answer is the provider's, and
 *  must not be able to make us fail. */
import jmespath from 'jmespath';
import type { JsonObject, JsonValue } from '../outbound/strict-json.js';

type Queried = JsonObject | JsonValue[];

/** Null where there is nothing, or nothing that the expression can be asked of. */
export function queryJson(expression: string, value: Queried): JsonValue {
  try {
    // What it finds in JSON, or makes of it, is JSON; a missing function or type is an error.
    return (jmespath.search(value, expression) as JsonValue | undefined) ?? null;
  } catch {
    return null;
  }
}

/** The text there, or the digits of a whole number: some providers write an id as one, some as the other. Null for what
 *  is neither, and for a number that JSON has already rounded. */
export function queryText(expression: string, value: Queried): string | null {
  const found = queryJson(expression, value);
  if (typeof found === 'number') return Number.isSafeInteger(found) ? String(found) : null;
  return typeof found === 'string' && found.trim() !== '' ? found : null;
}

/** Whether it can be read, and names functions that there are. */
export function isExpression(expression: string): boolean {
  try {
    jmespath.search({}, expression);
    return true;
  } catch (error) {
    // A good one may not fit {}; the library says so in words alone.
    return error instanceof Error && error.message.startsWith('TypeError: ');
  }
}
