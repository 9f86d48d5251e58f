/** A small cache of opened tokens, so that a warm `me` decrypts nothing. Called by token-store.
 *  An entry answers only for the very row it was opened from: same user, same version, same sealed texts. So it is
 *  never stale, whoever wrote the row, and a row altered in the database is opened again (and fails).
 *  Must never: keep a token for longer than a minute, or more than its bound of them. */
import type { Clock } from '../clock.js';
import type { TokenSetRow } from './token-set.entity.js';

export interface OpenedTokens<T> {
  get(row: TokenSetRow): T | null;
  put(row: TokenSetRow, tokens: T): void;
  drop(accountId: string): void;
}

interface Entry<T> {
  readonly row: TokenSetRow;
  readonly tokens: T;
  /** On the monotonic clock, milliseconds. */
  readonly forgetAt: number;
}

const lifetimeMs = 60_000;

export function createOpenedTokens<T>({ clock, maxEntries }: { clock: Clock; maxEntries: number }): OpenedTokens<T> {
  const entries = new Map<string, Entry<T>>(); // oldest first: every entry lives equally long

  return {
    get(row) {
      forgetOld();
      const entry = entries.get(row.accountId);
      return entry && isSameRow(entry.row, row) ? entry.tokens : null;
    },
    put(row, tokens) {
      forgetOld();
      entries.delete(row.accountId);
      entries.set(row.accountId, { row, tokens, forgetAt: clock.monotonic() + lifetimeMs });
      for (const accountId of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(accountId);
      }
    },
    drop: (accountId) => void entries.delete(accountId),
  };

  function forgetOld(): void {
    for (const [accountId, entry] of entries) {
      if (entry.forgetAt > clock.monotonic()) break;
      entries.delete(accountId);
    }
  }
}

function isSameRow(one: TokenSetRow, other: TokenSetRow): boolean {
  return (
    one.userId === other.userId &&
    one.version === other.version &&
    one.sealedAccessToken === other.sealedAccessToken &&
    one.sealedRefreshToken === other.sealedRefreshToken
  );
}
