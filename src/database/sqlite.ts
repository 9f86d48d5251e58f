/** What a connection to SQLite is set to, and why. Called by open-database and ormconfig.ts. */
import sqlite3 from 'sqlite3';
import type { DataSource, DataSourceOptions } from 'typeorm';
import type { Database, RawRow, WrittenStatement } from './database.js';
import { toParameters } from './given-rows.js';
import { keepPrepared, type SqliteConnection } from './prepared-statements.js';

/** A class of rows or a migration, as typeorm takes them. */
export type RowClass = abstract new () => object;

export interface SqliteSource {
  readonly file: string;
  readonly entities: readonly RowClass[];
  readonly migrations: readonly RowClass[];
  readonly busyTimeoutMs: number;
}

export function sqliteOptions({ file, entities, migrations, busyTimeoutMs }: SqliteSource): DataSourceOptions {
  return {
    type: 'sqlite',
    driver: plainDriver,
    database: file,
    busyTimeout: busyTimeoutMs,
    entities: [...entities],
    migrations: [...migrations],
    logging: false,
    // Without this, `where: {id: undefined}` matches every row of the table.
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
  };
}

/** typeorm switches sqlite3's long stack traces on, which record the stack and print the parameters of every statement. */
const plainDriver = { ...sqlite3, verbose: () => plainDriver };

export async function prepareWriter(writer: DataSource): Promise<void> {
  await enableWriteAheadLog(writer);
  // A commit is on the disk before it counts. NORMAL may lose the last commits at a power loss, and a refresh token that
  // the provider has replaced exists nowhere else.
  await writer.query('PRAGMA synchronous = FULL');
  runInOrder(writer);
}

export async function prepareReader(reader: DataSource): Promise<void> {
  await reader.query('PRAGMA query_only = ON');
  const driver = driverOf(reader);
  Object.assign(driver, { databaseConnection: keepPrepared(driver.databaseConnection) });
}

/** See Database.select. Only on a reader that is prepared. */
export function createSelect(reader: DataSource): Database['select'] {
  const all = createAll(reader);
  return (text, values) => all({ text, values });
}

/** Runs one statement past typeorm, and gives the rows that it returns, whichever its kind. */
export function createAll(source: DataSource): (statement: WrittenStatement) => Promise<RawRow[]> {
  const connection: SqliteConnection = driverOf(source).databaseConnection;
  return ({ text, values }) =>
    new Promise((resolve, reject) => {
      source.logger.logQuery(text, [...values]);
      connection.all(text, toParameters(values), (error, rows = []) => (error ? reject(error) : resolve(rows)));
    });
}

/** The log cannot be switched on while another process holds the file, and this one statement does not wait. So what
 *  waits is a lock taken before the second and third try: two processes that start together on a new file both open it. */
async function enableWriteAheadLog(writer: DataSource): Promise<void> {
  for (let triesLeft = 2; ; triesLeft -= 1) {
    try {
      const [row]: { journal_mode: string }[] = await writer.query('PRAGMA journal_mode = WAL');
      if (row?.journal_mode === 'wal') return;
      throw new WriteAheadLogRefused();
    } catch (error) {
      if (triesLeft === 0 || error instanceof WriteAheadLogRefused) throw error;
      await writer.query('BEGIN IMMEDIATE');
      await writer.query('COMMIT');
    }
  }
}

/** The file system has no shared memory for the log (some network folders). */
export class WriteAheadLogRefused extends Error {
  override readonly name = 'WriteAheadLogRefused';
}

/** sqlite3 may run statements that are under way together in any order; a ROLLBACK could then overtake an INSERT, which
 *  would commit alone. */
function runInOrder(writer: DataSource): void {
  driverOf(writer).databaseConnection.serialize();
}

function driverOf({ driver }: DataSource): { readonly databaseConnection: sqlite3.Database } {
  const { databaseConnection }: { databaseConnection?: sqlite3.Database } = Object(driver);
  if (!databaseConnection) throw new Error('The SQLite driver of typeorm no longer shows its connection.');
  return Object(driver) as { readonly databaseConnection: sqlite3.Database };
}
