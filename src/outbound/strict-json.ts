/** JSON from people we do not trust: UTF-8 without fault, one object at the top, no key twice in any object.
 *  Two readers that pick different ones of a doubled key see two different answers; so such a text is no answer at all
 *  (RFC 8259 §4, RFC 7493 §2.3). Called by whoever reads a provider's answer. */

export type JsonObject = { [key: string]: JsonValue };
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** Null for anything that is not such a text. Never throws. */
export function readJsonObject(bytes: Uint8Array): JsonObject | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value = JSON.parse(text) as JsonValue; // RFC 8259 values are what JSON.parse gives
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return hasDoubledKey(text) ? null : value;
  } catch {
    return null;
  }
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gs;

/** `text` is known to be JSON, so its strings and brackets are all there is to look at. */
function hasDoubledKey(text: string): boolean {
  // One set of keys for each object that is open; null for an array.
  const open: (Set<string> | null)[] = [];
  let lastString = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const key = JSON.parse(lastString) as string; // "\u0061" and "a" are one key
      const keys = open.at(-1);
      if (keys?.has(key) === true) return true;
      keys?.add(key);
    } else if (token !== ',') lastString = token;
  }
  return false;
}
