/** What a connection to PostgreSQL is set to, and why. Called by open-postgres and migrate-postgres. */
import type { ClientBase, Pool, PoolConfig } from 'pg';
import type { DataSource, DataSourceOptions, Logger as TypeormLogger } from 'typeorm';
import type { PostgresConfig } from '../config/config.js';
import type { RowClass } from './sqlite.js';
import { connectMs, statementMs } from './time-budget.js';

export interface PostgresSource {
  readonly config: PostgresConfig;
  readonly entities: readonly RowClass[];
  readonly migrations: readonly RowClass[];
  readonly limits: PoolConfig;
  /** Hears of connections that broke while nobody used them. */
  readonly onIdleFault: (error: unknown) => void;
}

/** For everything that a request waits for: whatever state the server or the way to it is in, the caller has an answer
 *  within 2 s. Each of these ends a wait by itself; time-budget.ts keeps their sum. */
export const requestLimits: PoolConfig = {
  connectionTimeoutMillis: connectMs, // also the wait for a free connection
  statement_timeout: 1200, // told to the server, so that nothing runs on for nobody; above its deadlock_timeout of 1 s
  query_timeout: statementMs, // our own, for a server that answers nothing at all
  lock_timeout: 1200,
  idle_in_transaction_session_timeout: 10_000, // a transaction whose process froze lets its rows go
};

/** For a commit alone: an answer that is given up is an outcome that nobody knows. */
export const commitTimeoutMs = 5000;

/** How often a read, or the BEGIN of a write, is sent where the connection was lost under it: several that idled while
 *  the server restarted can be met before one that lives. */
export const maxTriesOverLostConnections = 4;

/** For the migrations of a start, which may take long and wait for another instance's. */
export const migrationLimits: PoolConfig = {
  connectionTimeoutMillis: 1900,
  statement_timeout: 0,
  lock_timeout: 120_000,
  idle_in_transaction_session_timeout: 0,
  max: 1,
};

export function postgresOptions(source: PostgresSource): DataSourceOptions {
  const { config, entities, migrations, limits, onIdleFault } = source;
  const pool: PoolConfig = {
    connectionString: config.url.expose(),
    max: config.poolSize,
    application_name: 'latchkey',
    keepAlive: true, // finds out about a peer that is gone while a connection idles
    keepAliveInitialDelayMillis: 10_000,
    idleTimeoutMillis: 60_000,
    onConnect: surviveFaults,
    ...limits,
  };
  return {
    type: 'postgres',
    extra: pool,
    entities: [...entities],
    migrations: [...migrations],
    logging: false,
    logger: silent, // typeorm's own would print failed migrations among the lines of our log
    installExtensions: false,
    poolErrorHandler: onIdleFault,
    // Without this, `where: {id: undefined}` matches every row of the table.
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
  };
}

const silence = (): void => undefined;

const silent: TypeormLogger = {
  logQuery: silence,
  logQueryError: silence,
  logQuerySlow: silence,
  logSchemaBuild: silence,
  logMigration: silence,
  log: silence,
};

/** The one pool of an initialized data source. */
export function poolOf(source: DataSource): Pool {
  const { master }: { master?: Pool } = Object(source.driver);
  if (!master) throw new Error('The PostgreSQL driver of typeorm no longer shows its pool.');
  return master;
}

/** A connection that breaks while it is in use says so to the statement that meets it. Its event would, unheard, end the
 *  process. */
function surviveFaults(client: ClientBase): void {
  client.on('error', () => undefined);
}
