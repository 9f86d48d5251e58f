/** What every store may ask of the database, whichever it is. */
import type { Pool } from 'pg';
import type { EntityManager } from 'typeorm';
import type { GivenRows } from './given-rows.js';

/** An open transaction. Stores take it as their first argument; only insert, update, delete and query builders are used
 *  on it (save() reads first and hides what it writes). No network call happens while one is open: on SQLite every other
 *  write waits for it, and on PostgreSQL every write of the same rows. */
export type Transaction = EntityManager;

/** One row of an answer, as the driver gives it: PostgreSQL's bigint is text. */
export type RawRow = Readonly<Record<string, unknown>>;

/** $1, $2, ... are its values on both databases, and first named in this order. Many rows are one value (given-rows.ts). */
export interface WrittenStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface Database {
  /** For single reads outside a transaction; never write through it. Inside a write it still shows only what is
   *  committed. Throws DATABASE_UNAVAILABLE while PostgreSQL is away. */
  readonly reader: EntityManager;
  /** One read like the reader's, by a statement that is written out and stays prepared; $1, $2, ... are its values. For
   *  what every request waits for: typeorm's own way to the database takes longer than the database. */
  select(statement: string, values: readonly (string | GivenRows)[]): Promise<RawRow[]>;
  /** Runs `work` in one transaction that commits when it resolves and rolls back when it throws, or when one of its
   *  statements failed, even if the work caught that. SQLite runs writes one after another; PostgreSQL runs them side
   *  by side (READ COMMITTED), so what may race is a compare-and-set, and `work` runs again after a deadlock: it does
   *  nothing but its statements. Throws when it is called inside another write, and when the database is closing;
   *  DATABASE_UNAVAILABLE while PostgreSQL is away. */
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** The same for a write that is one statement: it has no BEGIN and COMMIT of its own. Resolves to the rows that it
   *  returns (RETURNING). `make` is called as it is sent, and once more where the connection was lost under it and nobody knows what
   *  became of it: what it makes then has to do the same as once. */
  writeOne(make: () => WrittenStatement): Promise<RawRow[]>;
  /** Answers whether a statement succeeds now, and whether writes are allowed, for readiness. */
  isReachable(): Promise<boolean>;
  /** The connections to PostgreSQL, which Agenda shares; null on SQLite. */
  readonly pool: Pool | null;
  close(): Promise<void>;
}
