/** The accounts for use as they were read a moment ago, so that users who ask often cost a read or so a second, and do not
 *  wait for it: near the end of the moment they are read again behind the answer. Called by app.ts for fresh-token's `use`
 *  alone; a refresh, and whatever decides about one, reads the database.
 *  What other instances write is seen when the moment is over: a disconnect there holds here within a second. What
 *  this process writes drops what it concerns before the writer goes on. Kept is only what lets the caller go on: who has
 *  just connected, on whichever instance, never hears of the time before.
 *  Must never: answer one user with another's account; keep what was read before a write that has ended. */
import type { Clock } from '../clock.js';
import type { WrittenStatement } from '../database/database.js';
import type { WriteNews } from '../database/watched-database.js';
import type { AccountForUse } from './account-facts.js';
import type { FindForUse } from './accounts-for-use.js';

export interface RecentAccounts {
  /** As account-store's, at most `keptMs` old. */
  readonly findForUse: FindForUse;
}

export interface RecentAccountsParts {
  readonly findForUse: FindForUse;
  readonly database: WriteNews;
  readonly clock: Pick<Clock, 'monotonic'>;
}

type Target = Parameters<FindForUse>[0];
type Found = readonly AccountForUse[];

interface Reading {
  readonly found: Promise<Found>;
  /** On the monotonic clock: `keptMs` after the read began. */
  readonly until: number;
}

interface Kept {
  readonly userId: string;
  readonly found: Found;
  readonly until: number;
}

/** Below the second within which a disconnect holds on every instance. */
const keptMs = 900;
/** Whoever asks in what is left then has it read again. */
const freshMs = 750;

/** Some kilobytes each. */
const maxKept = 1000;

export function createRecentAccounts({ findForUse, database, clock }: RecentAccountsParts): RecentAccounts {
  const kept = new Map<string, Kept>(); // oldest first
  const underWay = new Map<string, Reading>();

  database.onWritten((statements) => {
    const ours = statements.filter(({ text }) => ourTables.test(text));
    if (ours.length === 0) return;
    underWay.clear(); // they go on for those who wait; whoever asks from now on reads anew, and nothing of them is kept
    for (const [key, entry] of kept) if (ours.some((statement) => concerns(statement, entry))) kept.delete(key);
  });

  return {
    async findForUse(target) {
      const key = JSON.stringify([target.userId, target.providerId, target.accountId]);
      const now = clock.monotonic();
      const known = kept.get(key);
      const reading = underWay.get(key);
      if (known && now < known.until) {
        if (!reading && now >= known.until - keptMs + freshMs) readBehind(key, target, now + keptMs);
        return known.found;
      }
      if (!reading || now >= reading.until) return read(key, target, now + keptMs);
      const found = await reading.found;
      return isOfUse(found) ? found : findForUse(target);
    },
  };

  async function read(key: string, target: Target, until: number): Promise<Found> {
    const reading = { found: findForUse(target), until };
    underWay.set(key, reading);
    try {
      const found = await reading.found;
      if (underWay.get(key) === reading) {
        kept.delete(key);
        if (isOfUse(found)) keep(key, { userId: target.userId, found, until });
      }
      return found;
    } finally {
      if (underWay.get(key) === reading) underWay.delete(key);
    }
  }

  /** One that fails leaves its fault to whoever has to wait for the next. */
  function readBehind(...of: Parameters<typeof read>): void {
    read(...of).catch(() => undefined);
  }

  function keep(key: string, entry: Kept): void {
    kept.set(key, entry);
    const now = clock.monotonic();
    for (const [old, { until }] of kept) {
      if (kept.size <= maxKept && now < until) break;
      kept.delete(old);
    }
  }
}

const ourTables = /\b(connected_account|token_set)\b/;

/** By the values of a statement: an account's id, or its user's. One that names no account may be about all. */
function concerns({ values }: WrittenStatement, { userId, found }: Kept): boolean {
  const namesAccounts = values.some((value) => typeof value === 'string' && value.startsWith('acc_'));
  return !namesAccounts || values.includes(userId) || found.some(({ account }) => values.includes(account.id));
}

/** With all of them active, and none waiting after a failure. Whoever is refused hears what stands in the database now. */
function isOfUse(found: Found): boolean {
  return found.length > 0 && found.every(({ account: { status, retryAt } }) => status === 'ACTIVE' && retryAt === null);
}
