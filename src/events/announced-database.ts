/** Holds what a transaction records back until it is committed, and publishes it then. Called by app.ts around the database
 *  that every store gets.
 *  Must never: publish what was rolled back. Where a COMMIT was not heard of, nobody knows: those whom it concerns are
 *  told that something may have been lost. */
import type { Database, Transaction } from '../database/database.js';
import { Fault } from '../errors.js';
import type { Told } from './event-feed.js';

export interface AnnouncedDatabase<Own extends Database> {
  readonly database: Own;
  /** Notes an event in a transaction of `database`; of any other it is not published. */
  note(transaction: Transaction, event: Told): void;
}

export interface Announcer {
  publish(events: readonly Told[]): void;
  resync(userIds: readonly string[]): void;
}

export function announceCommitted<Own extends Database>(database: Own, announcer: Announcer): AnnouncedDatabase<Own> {
  const recorded = new WeakMap<Transaction, Told[]>();

  return {
    database: {
      ...database,
      async write(work) {
        let events: Told[] = [];
        try {
          const result = await database.write((transaction) => {
            events = []; // work runs again after a deadlock
            recorded.set(transaction, events);
            return work(transaction);
          });
          if (events.length > 0) announcer.publish(events);
          return result;
        } catch (error) {
          if (events.length > 0 && isInDoubt(error)) announcer.resync([...new Set(events.map(({ userId }) => userId))]);
          throw error;
        }
      },
    },
    note: (transaction, event) => void recorded.get(transaction)?.push(event),
  };
}

function isInDoubt(error: unknown): boolean {
  return error instanceof Fault && error.code === 'DATABASE_UNAVAILABLE';
}
