/** JSON from people we do not trust: UTF-8 without fault, one object at the top, no key twice in any object.
 *  Two readers that pick different ones of a doubled key see two different answers; so such a text is no answer at all
 *  (RFC 8259 §4, RFC 7493 §2.3). Called by whoever reads a provider's answer. */

export type JsonObject = { [key: string]: JsonValue };
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Null for anything that is not such a text. Never throws. */
export function readJsonObject(bytes: Uint8Array): JsonObject | null {
  const value = readStrictly(bytes);
  return value === null || Array.isArray(value) ? null : value;
}

/** The same with a list at the top. */
export function readJsonList(bytes: Uint8Array): JsonValue[] | null {
  const value = readStrictly(bytes);
  return Array.isArray(value) ? value : null;
}

function readStrictly(bytes: Uint8Array): JsonObject | JsonValue[] | null {
  try {
    const text = utf8.decode(bytes);
    const value = JSON.parse(text) as JsonValue; // RFC 8259 values are what JSON.parse gives
    if (typeof value !== 'object' || value === null) return null;
    return hasDoubledKey(text, value) ? null : value;
  } catch {
    return null;
  }
}

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/gs;

/** Outside of its strings a JSON text has one colon a key. Of a doubled key only the last is in the value, also where the
 *  two are written differently ("\u0061" and "a"); so then the value has fewer keys than the text has colons. */
function hasDoubledKey(text: string, value: JsonObject | JsonValue[]): boolean {
  return text.replaceAll(STRING, '').split(':').length - 1 !== countKeys(value);
}

/** Level by level: hostile depth would overflow the stack. */
function countKeys(value: JsonObject | JsonValue[]): number {
  let count = 0;
  for (let level: (JsonObject | JsonValue[])[] = [value]; level.length > 0;) {
    const next: typeof level = [];
    for (const one of level) {
      const members = Array.isArray(one) ? one : Object.values(one);
      if (!Array.isArray(one)) count += members.length;
      for (const member of members) if (typeof member === 'object' && member !== null) next.push(member);
    }
    level = next;
  }
  return count;
}

/** Hostile depth would overflow the stack of whoever walks the value next. Walks level by level. */
export function isDeeperThan(value: JsonValue, limit: number): boolean {
  let level = [value].filter(isNested);
  for (let depth = 0; depth <= limit; depth += 1) {
    if (level.length === 0) return false;
    level = level.flatMap((one) => (Array.isArray(one) ? one : Object.values(one)).filter(isNested));
  }
  return true;
}

function isNested(value: JsonValue): value is JsonValue[] | JsonObject {
  return typeof value === 'object' && value !== null;
}
