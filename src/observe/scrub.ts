/** Makes a copy of a log event in which nothing looks like a credential: by the names of fields, and by the shapes of
 *  values wherever they stand in a text. Called by logger.ts for every line. It errs on the side of sealing too much,
 *  never throws, and never walks into foreign objects (a Response, a socket), which print as their class alone. */
import { isTellingName, scrubText, SEALED } from './secret-shapes.js';

const maxDepth = 8;
const maxEntries = 100;

/** The keys of errors that are worth a line; whatever else a library hangs on its errors stays out. */
const errorKeys = ['code', 'message', 'detail', 'facts', 'failure', 'stack', 'cause', 'errors'] as const;

type Fields = Record<string, unknown>;

export function scrub(fields: Readonly<Fields>): Fields {
  try {
    return scrubEntries(fields, 0);
  } catch {
    return { event: 'log.unreadable_event' }; // a getter that throws must not take down whoever logs
  }
}

function scrubEntries(fields: Readonly<Fields>, depth: number): Fields {
  const entries = Object.entries(fields).slice(0, maxEntries);
  return Object.fromEntries(entries.map(([name, value]) => [name, scrubField(name, value, depth)]));
}

function scrubField(name: string, value: unknown, depth: number): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  return isTellingName(name, value) ? SEALED : scrubValue(value, depth + 1);
}

function scrubValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) return '[deeper]';
  if (value instanceof Error) return scrubError(value, depth);
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value) || value instanceof Set) {
    return [...(value as Iterable<unknown>)].slice(0, maxEntries).map((one) => scrubValue(one, depth + 1));
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return scrubValue(value.toJSON(), depth + 1);
  return isPlain(value) ? scrubEntries(value as Fields, depth) : `[${value.constructor.name}]`;
}

function scrubError(error: Error, depth: number): Fields {
  const told: Fields = { type: error.name };
  for (const key of errorKeys) {
    const value = (error as Error & Partial<Record<string, unknown>>)[key];
    if (value !== undefined) told[key] = scrubField(key, value, depth);
  }
  return told;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
