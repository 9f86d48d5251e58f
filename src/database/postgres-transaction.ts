/** Runs one write on PostgreSQL: BEGIN, the work, COMMIT. Called by open-postgres.
 *  READ COMMITTED is said and not taken from the server's settings: every compare-and-set counts on an UPDATE that waited
 *  for a row to look at it again. Must never: report a commit that the server turned into a rollback, or give a
 *  connection back whose transaction may still be open. */
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import type { DataSource } from 'typeorm';
import type { Transaction } from './database.js';
import { toParameters } from './given-rows.js';
import { isConflict, isLost, isUnavailable, toFault } from './postgres-fault.js';
import { createManagerOver, type Send } from './postgres-runner.js';
import { commitTimeoutMs, maxTriesOverLostConnections } from './postgres.js';
import type { StatementNames } from './statement-names.js';
import { openTimeBudget, type TimeBudget } from './time-budget.js';

export interface PostgresTransactions {
  /** See Database.write. */
  run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
}

export interface PostgresTransactionParts {
  readonly dataSource: DataSource;
  readonly pool: Pool;
  readonly names: StatementNames;
}

/** A deadlock or a serialization failure was rolled back whole, so the work may run again. */
export const maxTries = 3;

const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE';

export function createPostgresTransactions({
  dataSource,
  pool,
  names,
}: PostgresTransactionParts): PostgresTransactions {
  return {
    async run(work) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await runOnce(work);
        } catch (error) {
          if (!isConflict(error) || tries === maxTries) throw toFault(error);
        }
      }
    },
  };

  async function runOnce<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const budget = openTimeBudget();
    const client = await begin(pool, budget);
    const statements = createStatements(client, { names, budget });
    try {
      const result = await work(createManagerOver(dataSource, statements.send, sort));
      await statements.end();
      await commit(client, statements);
      client.release();
      return result;
    } catch (error) {
      await statements.end();
      await giveUp(client, error, budget);
      throw error;
    }
  }
}

/** A conflict stays as it is, so that run() sees it. */
function sort(error: unknown): unknown {
  return isConflict(error) ? error : toFault(error);
}

/** Connections that idled while the server restarted are found out here, where nothing has happened yet. */
async function begin(pool: Pool, budget: TimeBudget): Promise<PoolClient> {
  for (let tries = 1; ; tries += 1) {
    const client = await pool.connect();
    try {
      await client.query(within(budget, { text: BEGIN }));
      return client;
    } catch (error) {
      client.release(true);
      const isLast = tries === maxTriesOverLostConnections || !budget.hasTimeToConnect();
      if (!isLost(error) || isLast) throw error;
    }
  }
}

interface Statements {
  readonly send: Send;
  /** From here on a statement that the work left behind fails; resolves when the one under way has ended. Before COMMIT or
   *  ROLLBACK is sent, not after: behind them it would commit alone. */
  end(): Promise<void>;
  /** What the first statement threw that failed. */
  firstFailure(): unknown;
}

/** One after another, since the wire carries one at a time. */
function createStatements(
  client: PoolClient,
  { names, budget }: { readonly names: StatementNames; readonly budget: TimeBudget },
): Statements {
  const failures: unknown[] = [];
  let hasEnded = false;
  let last: Promise<unknown> = Promise.resolve();

  return {
    send({ text, values }) {
      const mine = last.then(() => {
        if (hasEnded) throw new Error('The transaction has ended: its connection is released.');
        return client.query(within(budget, namedStatement(names, text, values)));
      });
      last = mine.catch((error: unknown) => failures.push(error));
      return mine;
    },
    async end() {
      hasEnded = true;
      await last;
    },
    firstFailure: () => failures[0],
  };
}

/** The statement ends with its budget. */
export function within(budget: TimeBudget, statement: QueryConfig): QueryConfig {
  const limit = { query_timeout: budget.statementMs() }; // the driver's, which its types do not know
  return { ...statement, ...limit };
}

export function namedStatement(names: StatementNames, text: string, values: unknown[] | undefined): QueryConfig {
  const name = names.nameOf(text, values);
  return { text, ...(values && { values: toParameters(values) }), ...(name !== undefined && { name }) };
}

async function commit(client: PoolClient, statements: Statements): Promise<void> {
  const statement = { text: 'COMMIT', query_timeout: commitTimeoutMs };
  const { command }: QueryResult = await client.query(statement);
  // PostgreSQL answers COMMIT with ROLLBACK, and no error, where a statement of the transaction had failed.
  if (command !== 'COMMIT')
    throw statements.firstFailure() ?? new Error('A transaction was rolled back at its COMMIT.');
}

/** A connection in doubt is closed, and the server rolls back what was open on it. */
async function giveUp(client: PoolClient, error: unknown, budget: TimeBudget): Promise<void> {
  const isInDoubt = isUnavailable(error) && !isConflict(error);
  if (isInDoubt) return client.release(true);
  try {
    await client.query(within(budget, { text: 'ROLLBACK' }));
    client.release();
  } catch {
    client.release(true);
  }
}
