/** Runs transactions on the one writing connection of SQLite, one after another. Called by open-database.
 *  typeorm has one connection there and turns transactions that overlap into savepoints of each other: one "commits",
 *  the other rolls back, and the first one's rows are gone without an error. So every write waits for the one before.
 *  BEGIN IMMEDIATE takes the write lock at once and waits for another process's write; typeorm's own BEGIN would fail
 *  half way instead. Must never: start a write inside a write (it would wait for itself), or let a statement run on
 *  after its transaction has ended (it would commit alone, or join the next one). */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, QueryRunner } from 'typeorm';
import type { Transaction } from './database.js';

export interface WriterQueue {
  /** See Database.write. */
  run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Takes no more work and resolves when what was taken has ended. */
  drain(): Promise<void>;
}

interface OpenWrite {
  isOpen: boolean;
}

export function createWriterQueue(writer: DataSource): WriterQueue {
  const around = new AsyncLocalStorage<OpenWrite>();
  let last: Promise<unknown> = Promise.resolve();
  let isDraining = false;

  return {
    async run(work) {
      if (isDraining) throw new Error('The database is closing: no write can begin any more.');
      assertNotNested(around.getStore());
      const write: OpenWrite = { isOpen: true };
      const mine = last.then(() => around.run(write, () => runTransaction(writer, work)));
      last = mine.then(close, close);
      return mine;

      function close(): void {
        write.isOpen = false;
      }
    },
    async drain() {
      isDraining = true;
      await last;
    },
  };
}

function assertNotNested(outer: OpenWrite | undefined): void {
  if (!outer?.isOpen) return;
  throw new Error(
    'Database.write was called inside another write, which would wait for itself. Hand the open transaction down instead.',
  );
}

async function runTransaction<T>(writer: DataSource, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const connection = writer.createQueryRunner();
  const runner = runnerOfOneTransaction(connection);
  await connection.query('BEGIN IMMEDIATE');
  try {
    const result = await work(writer.createEntityManager(runner));
    endStatements(runner);
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    endStatements(runner);
    // Some faults (a full disk) have rolled back already; then this fails, and the first error is the one that counts.
    await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** typeorm shares one QueryRunner among all; this one stands before it and can end by itself. A transaction counts as
 *  open on it, so that no builder opens one of its own. */
function runnerOfOneTransaction(connection: QueryRunner): QueryRunner {
  const runner = Object.create(connection) as QueryRunner;
  return Object.assign(runner, { isTransactionActive: true });
}

/** From here on a statement that the work left behind fails. Before COMMIT or ROLLBACK is sent, not after: whatever
 *  comes between would stand outside of any transaction. */
function endStatements(runner: QueryRunner): void {
  Object.assign(runner, { isReleased: true });
}
