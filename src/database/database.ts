/** What every store may ask of the database, whichever it is. */
import type { EntityManager } from 'typeorm';

/** An open transaction. Stores take it as their first argument; only insert, update, delete and query builders are used
 *  on it (save() would open a transaction of its own). No network call happens while one is open. */
export type Transaction = EntityManager;

export interface Database {
  /** For single reads outside a transaction; never write through it. */
  readonly reader: EntityManager;
  /** Runs `work` in one transaction that commits when it resolves and rolls back when it throws. On SQLite these run
   *  one after another (one writer queue, BEGIN IMMEDIATE). Must not be nested. */
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Answers whether a statement succeeds now, for readiness. */
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}
