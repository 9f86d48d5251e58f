/** Brings the tables of a PostgreSQL database up to date. Called by open-postgres, over a connection of its own.
 *  Everything happens in one transaction that holds an advisory lock until it ends: several instances that start together
 *  migrate one after the other, the later ones find nothing to do, and one that dies half way has changed nothing. The
 *  lock is the transaction's and not the session's, so that no pooler between can keep it. */
import { DataSource, MigrationExecutor } from 'typeorm';
import { StartFault } from '../config/start-fault.js';
import type { Logger } from '../observe/logger.js';
import { migrationLimits, postgresOptions, type PostgresSource } from './postgres.js';

/** Any number that no other program locks: "latchkey" in ASCII, as far as it fits. */
const lockKey = 0x6c617463;

const oldestVersion = 130_000; // gen_random_uuid() without an extension

export async function migratePostgres(source: Omit<PostgresSource, 'limits'>, log: Logger): Promise<void> {
  const dataSource = new DataSource(postgresOptions({ ...source, limits: migrationLimits }));
  try {
    await dataSource.initialize();
    const names = await migrate(dataSource);
    if (names.length > 0) log.info({ event: 'database.migrated', migrations: names });
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function migrate(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await assertVersion(await runner.query('SHOW server_version_num'));
    await runner.startTransaction('READ COMMITTED');
    await runner.query('SELECT pg_advisory_xact_lock($1)', [lockKey]);
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'none'; // this one
    const ran = await executor.executePendingMigrations();
    await runner.commitTransaction();
    return ran.map(({ name }) => name);
  } finally {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    await runner.release();
  }
}

async function assertVersion([row]: { server_version_num: string }[]): Promise<void> {
  if (Number(row?.server_version_num) >= oldestVersion) return;
  throw new StartFault('The PostgreSQL of LATCHKEY_DATABASE_URL is older than version 13; use a newer one.');
}
