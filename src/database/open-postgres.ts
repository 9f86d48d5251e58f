/** Opens the PostgreSQL database: migrates it, then one pool of connections for reads, writes and Agenda. Called by
 *  open-database. While the server is away every call fails with DATABASE_UNAVAILABLE within 2 s, and works again once
 *  it is back; nothing here has to be told. docs/decisions/0011-postgresql.md has the reasons. */
import { DataSource } from 'typeorm';
import type { PostgresConfig } from '../config/config.js';
import type { Database, RawRow, WrittenStatement } from './database.js';
import { migratePostgres } from './migrate-postgres.js';
import type { OpenDatabaseOptions } from './open-options.js';
import { createOutageLog, type OutageLog } from './outage-log.js';
import { createReads, writeAlone } from './postgres-alone.js';
import { toFault } from './postgres-fault.js';
import { explainPostgresFault } from './postgres-open-fault.js';
import { createManagerOver } from './postgres-runner.js';
import { createPostgresTransactions } from './postgres-transaction.js';
import { poolOf, postgresOptions, requestLimits } from './postgres.js';
import { createStatementNames } from './statement-names.js';
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
  const writeOne = outages.watch((make: () => WrittenStatement) => writeAlone({ pool, names }, make));

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
    writeOne: (make) => guard.runAlone(() => writeOne(make)),
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
