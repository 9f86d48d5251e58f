/** The job repository that goes with the database: a table in PostgreSQL that all instances share, or jobs.db beside the
 *  SQLite database. Called by app.ts. */
import type { DatabaseConfig } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { Logger } from '../observe/logger.js';
import type { ClosableJobRepository } from './closable-job-repository.js';
import { createPostgresJobRepository } from './postgres-job-repository.js';
import { createSqliteJobRepository } from './sqlite-job-repository.js';

export function openJobRepository(options: {
  config: DatabaseConfig;
  database: Pick<Database, 'pool'>;
  log: Logger;
}): ClosableJobRepository {
  const { config, database, log } = options;
  if (config.kind === 'sqlite') return createSqliteJobRepository({ file: config.jobsFile, log });
  if (!database.pool) throw new Error('PostgreSQL is configured, and another database is open.');
  return createPostgresJobRepository({ pool: database.pool, log });
}
