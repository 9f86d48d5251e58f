/** What every store may ask of the database, whichever it is. */
import type { EntityManager } from 'typeorm';

/** An open transaction. Stores take it as their first argument; only insert, update, delete and query builders are used
 *  on it (save() reads first and hides what it writes). No network call happens while one is open: every other write
 *  waits for it. */
export type Transaction = EntityManager;

export interface Database {
  /** For single reads outside a transaction; never write through it. */
  readonly reader: EntityManager;
  /** Runs `work` in one transaction that commits when it resolves and rolls back when it throws. On SQLite these run
   *  one after another (one writer queue, BEGIN IMMEDIATE). Throws when it is called inside another write, and when the
   *  database is closing. */
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Answers whether a statement succeeds now, for readiness. */
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}
