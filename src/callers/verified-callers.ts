/** Remembers for at most a minute whose JWT was verified, so that a page that asks ten times costs one signature check.
 *  Used by authenticate.ts. Keyed by the token's digest, bounded, and never true past the end of the token. */
import type { Clock } from '../clock.js';
import type { Secret } from '../secret.js';
import type { Caller } from './caller.js';

export interface VerifiedCallers {
  find(token: Secret): Caller | null;
  keep(token: Secret, caller: Caller): void;
}

export interface VerifiedCallersOptions {
  readonly clock: Clock;
  readonly keptMs?: number;
  readonly maxEntries?: number;
}

export function createVerifiedCallers(options: VerifiedCallersOptions): VerifiedCallers {
  const { clock, keptMs = 60_000, maxEntries = 10_000 } = options;
  const kept = new Map<string, { readonly caller: Caller; readonly until: number }>();
  return {
    find(token) {
      const digest = token.digest();
      const found = kept.get(digest);
      if (!found) return null;
      if (clock.monotonic() < found.until && clock.now() < found.caller.expiresAt) return found.caller;
      kept.delete(digest);
      return null;
    },
    keep(token, caller) {
      if (caller.expiresAt <= clock.now()) return; // accepted by the clock tolerance alone
      const [oldest] = kept.keys();
      if (kept.size >= maxEntries && oldest !== undefined) kept.delete(oldest);
      kept.set(token.digest(), { caller, until: clock.monotonic() + keptMs });
    },
  };
}
