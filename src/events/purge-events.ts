/** Deletes events whose time is over: those that the app was told of, and those that it was never to be told of by webhook.
 *  One that waits is never deleted; one that could not be delivered is kept for a year, to be sent again. Called by a job. */
import type { Clock } from '../clock.js';
import type { Database } from '../database/database.js';
import { purgeRows } from '../database/purge-rows.js';
import { AccountEventRow } from './account-event.entity.js';

/** Gives how many rows there were. */
export type PurgeEvents = () => Promise<number>;

export interface PurgeEventsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly keptDays: number;
}

const DAY_MS = 86_400_000;
const DEAD_DAYS = 365;

export function createPurgeEvents({ database, clock, keptDays }: PurgeEventsParts): PurgeEvents {
  return () => {
    const now = clock.now();
    return purgeRows(database, {
      row: AccountEventRow,
      table: 'account_event',
      where: "(at < :before AND delivery IN ('NONE', 'DELIVERED')) OR (at < :longBefore AND delivery = 'DEAD')",
      values: { before: now - keptDays * DAY_MS, longBefore: now - Math.max(keptDays, DEAD_DAYS) * DAY_MS },
    });
  };
}
