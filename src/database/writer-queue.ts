/** Runs transactions on the one writing connection of SQLite, one after another. Called by open-sqlite.
 *  typeorm has one connection there and turns transactions that overlap into savepoints of each other: one "commits",
 *  the other rolls back, and the first one's rows are gone without an error. So every write waits for the one before.
 *  BEGIN IMMEDIATE takes the write lock at once and waits for another process's write; typeorm's own BEGIN would fail
 *  half way instead. Must never: let a statement run on after its transaction has ended (it would commit alone, or join
 *  the next one). */
import type { DataSource, QueryRunner } from 'typeorm';
import type { RawRow, Transaction, WrittenStatement } from './database.js';
import { toParameters } from './given-rows.js';
import { createAll } from './sqlite.js';
import { createWriteGuard } from './write-guard.js';

export interface WriterQueue {
  /** See Database.write. */
  run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** See Database.writeOne. */
  runOne(make: () => WrittenStatement): Promise<RawRow[]>;
  /** Takes no more work and resolves when what was taken has ended. */
  drain(): Promise<void>;
}

export function createWriterQueue(writer: DataSource): WriterQueue {
  const guard = createWriteGuard();
  // SQLite commits a statement that stands alone, and waits for another process's write as BEGIN IMMEDIATE does.
  const runAlone = createAll(writer);
  let last: Promise<unknown> = Promise.resolve();

  return {
    run: (work) => guard.run(() => inTurn(() => runTransaction(writer, work))),
    runOne: (make) => guard.runAlone(() => inTurn(() => runAlone(make()))),
    drain: () => guard.drain(),
  };

  function inTurn<T>(write: () => Promise<T>): Promise<T> {
    const mine = last.then(write);
    last = mine.catch(() => undefined);
    return mine;
  }
}

async function runTransaction<T>(writer: DataSource, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const connection = writer.createQueryRunner();
  const statements = beginStatements(connection);
  await connection.query('BEGIN IMMEDIATE');
  try {
    const result = await work(writer.createEntityManager(statements.runner));
    statements.end();
    statements.assertNoneFailed();
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    statements.end();
    // Some faults (a full disk) have rolled back already; then this fails, and the first error is the one that counts.
    await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

interface Statements {
  readonly runner: QueryRunner;
  /** From here on a statement that the work left behind fails. Before COMMIT or ROLLBACK is sent, not after: whatever
   *  comes between would stand outside of any transaction. */
  end(): void;
  /** Throws what the first statement threw that failed: as on PostgreSQL, such a transaction does not commit. */
  assertNoneFailed(): void;
}

/** typeorm shares one QueryRunner among all; this one stands before it and can end by itself. A transaction counts as
 *  open on it, so that no builder opens one of its own. */
function beginStatements(connection: QueryRunner): Statements {
  const failures: unknown[] = [];
  const runner = Object.create(connection) as QueryRunner;
  const query = async (...statement: Parameters<QueryRunner['query']>): Promise<unknown> => {
    const [text, values = [], ...how] = statement;
    try {
      return await connection.query.apply(runner, [text, toParameters(values), ...how]);
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
  Object.assign(runner, { isTransactionActive: true, query });
  return {
    runner,
    end: () => void Object.assign(runner, { isReleased: true }),
    assertNoneFailed() {
      if (failures.length > 0) throw failures[0];
    },
  };
}
