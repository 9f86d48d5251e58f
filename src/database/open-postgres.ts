/** Opens the PostgreSQL database: migrates it, then one pool of connections for reads, writes and Agenda. Called by
 *  open-database. While the server is away every call fails with DATABASE_UNAVAILABLE within 2 s, and works again once
 *  it is back; nothing here has to be told. docs/decisions/0011-postgresql.md has the reasons. */
import { DataSource } from 'typeorm';
import type { Pool } from 'pg';
import type { PostgresConfig } from '../config/config.js';
import type { Database, RawRow } from './database.js';
import { migratePostgres } from './migrate-postgres.js';
import type { OpenDatabaseOptions } from './open-options.js';
import { createOutageLog, type OutageLog } from './outage-log.js';
import { isLost, toFault } from './postgres-fault.js';
import { explainPostgresFault } from './postgres-open-fault.js';
import { createManagerOver, type Send } from './postgres-runner.js';
import { createPostgresTransactions, namedStatement, within } from './postgres-transaction.js';
import { poolOf, postgresOptions, requestLimits, maxTriesOverLostConnections } from './postgres.js';
import { createStatementNames, type StatementNames } from './statement-names.js';
import { openTimeBudget } from './time-budget.js';
import { createWriteGuard } from './write-guard.js';

/** Throws StartFault when nothing answers at the address, or what answers refuses the user, the database or the tables. */
export async function openPostgres(options: OpenDatabaseOptions<PostgresConfig>): Promise<Database> {
  const { config, log } = options;
  const outages = createOutageLog(log);
  const source = { ...options, onIdleFault: outages.lost };
  const dataSource = new DataSource(postgresOptions({ ...source, limits: requestLimits }));
  try {
    await migratePostgres(source, log);
    await dataSource.initialize();
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy();
    throw explainPostgresFault(error, config.place);
  }
  return databaseOf(dataSource, outages);
}

function databaseOf(dataSource: DataSource, outages: OutageLog): Database {
  const pool = poolOf(dataSource);
  const names = createStatementNames();
  const guard = createWriteGuard();
  const transactions = createPostgresTransactions({ dataSource, pool, names });
  const send = outages.watch(createReads(pool, names));
  const reader = createManagerOver(dataSource, send, toFault);
  const write = outages.watch(transactions.run);

  return {
    reader,
    async select(text, values) {
      dataSource.logger.logQuery(text, [...values]);
      try {
        const { rows }: { rows: RawRow[] } = await send({ text, values: [...values] });
        return rows;
      } catch (error) {
        throw toFault(error);
      }
    },
    write: (work) => guard.run(() => write(work)),
    isReachable: () => reader.query('SELECT pg_is_in_recovery() AS "isReadOnly"').then(isWritable, () => false),
    pool,
    async close() {
      await guard.drain();
      await dataSource.destroy();
    },
  };
}

function isWritable([row]: { isReadOnly: boolean }[]): boolean {
  return row?.isReadOnly === false;
}

/** A read changes nothing, so it may be sent again: connections that idled while the server restarted are found out this
 *  way, and there can be several of them before one that lives. */
function createReads(pool: Pool, names: StatementNames): Send {
  return async ({ text, values }) => {
    if (!/^\s*(SELECT|EXPLAIN|SHOW)\b/i.test(text)) throw new Error('The reader is readonly: write in a transaction.');
    const statement = namedStatement(names, text, values);
    const budget = openTimeBudget();
    for (let tries = 1; ; tries += 1) {
      const client = await pool.connect();
      try {
        const result = await client.query(within(budget, statement));
        client.release();
        return result;
      } catch (error) {
        client.release(true);
        const isLast = tries === maxTriesOverLostConnections || !budget.hasTimeToConnect();
        if (!isLost(error) || isLast) throw error;
      }
    }
  };
}
