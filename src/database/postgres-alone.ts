/** Sends statements to PostgreSQL that stand alone, each over any connection of the pool: reads, and writes that are one
 *  statement, which the server commits by itself. Called by open-postgres.
 *  Connections that idled while the server restarted are found out this way, and there can be several of them before one
 *  that lives; so whatever is sent here may reach the server twice, and the second time changes nothing more. */
import type { Pool, QueryConfig, QueryResult } from 'pg';
import type { RawRow, WrittenStatement } from './database.js';
import { isConflict, isLost, toFault } from './postgres-fault.js';
import type { Send } from './postgres-runner.js';
import { maxTries, namedStatement, within } from './postgres-transaction.js';
import { maxTriesOverLostConnections } from './postgres.js';
import type { StatementNames } from './statement-names.js';
import { openTimeBudget } from './time-budget.js';

export function createReads(pool: Pool, names: StatementNames): Send {
  return ({ text, values }) => {
    if (/^\s*(SELECT|EXPLAIN|SHOW)\b/i.test(text)) return sendAlone(pool, () => namedStatement(names, text, values));
    return Promise.reject(new Error('The reader is readonly: write in a transaction.'));
  };
}

/** See Database.writeOne. */
export async function writeAlone(
  { pool, names }: { readonly pool: Pool; readonly names: StatementNames },
  make: () => WrittenStatement,
): Promise<RawRow[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      const { rows }: { rows: RawRow[] } = await sendAlone(pool, () => {
        const { text, values } = make();
        return namedStatement(names, text, [...values]);
      });
      return rows;
    } catch (error) {
      if (!isConflict(error) || tries === maxTries) throw toFault(error);
    }
  }
}

async function sendAlone(pool: Pool, make: () => QueryConfig): Promise<QueryResult> {
  const budget = openTimeBudget();
  for (let tries = 1; ; tries += 1) {
    const client = await pool.connect();
    try {
      const result: QueryResult = await client.query(within(budget, make()));
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      const isLast = tries === maxTriesOverLostConnections || !budget.hasTimeToConnect();
      if (!isLost(error) || isLast) throw error;
    }
  }
}
