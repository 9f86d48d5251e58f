/** Opens a real, migrated database of its own for the tests of every room: a SQLite file in a folder, or a database on
 *  PostgreSQL. A contract runs on both:
 *      describe.each(databaseKinds)('on %s', (kind) => { ... openTestDatabase(kind) ... })  */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseConfig, SqliteConfig } from '../../src/config/config.js';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { silentLog } from './silent-log.js';
import { createTestClock } from './test-clock.js';
import type { TestClock } from './test-clock.js';
import { createTestPostgres, storedRows } from './test-postgres.js';

export { silentLog } from './silent-log.js';

export type DatabaseKind = DatabaseConfig['kind'];

export const databaseKinds = ['sqlite', 'postgres'] as const satisfies readonly DatabaseKind[];

export interface TestDatabase<Config extends DatabaseConfig = DatabaseConfig> {
  readonly database: Database;
  readonly clock: TestClock;
  readonly folder: string;
  readonly config: Config;
  /** The same database once more, as another process has it. Closed by close(). */
  openAnother(): Promise<Database>;
  /** All that the database keeps, as text, to look for what must not be in it. */
  storedText(): Promise<string>;
  /** Closes the database and deletes it with the folder. */
  close(): Promise<void>;
}

export function openTestDatabase(kind: 'sqlite'): Promise<TestDatabase<SqliteConfig>>;
export function openTestDatabase(kind?: DatabaseKind): Promise<TestDatabase>;
export async function openTestDatabase(kind: DatabaseKind = usualDatabase()): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  const place = await makeDatabase(kind, folder);
  const opened: Database[] = [];
  const openAnother = async (): Promise<Database> => {
    const { config } = place;
    const database = await openDatabase({ config, entities, migrations, log: silentLog, busyTimeoutMs: 30_000 });
    opened.push(database);
    return database;
  };
  return {
    database: await openAnother(),
    clock: createTestClock(),
    folder,
    config: place.config,
    openAnother,
    storedText: () => readStored(place.config),
    async close() {
      for (const database of opened.toReversed()) await database.close();
      await place.drop();
      await rm(folder, { recursive: true });
    },
  };
}

/** What tests get that do not say: PostgreSQL in vitest's project of that name, which runs them a second time. */
export function usualDatabase(): DatabaseKind {
  return process.env['LATCHKEY_TEST_DATABASE'] === 'postgres' ? 'postgres' : 'sqlite';
}

interface DatabasePlace {
  readonly config: DatabaseConfig;
  drop(): Promise<void>;
}

/** A fresh place for a database: nothing in the folder yet, or a migrated copy on PostgreSQL. */
async function makeDatabase(kind: DatabaseKind, folder: string): Promise<DatabasePlace> {
  return kind === 'postgres' ? createTestPostgres() : { config: databaseIn(folder), drop: async () => undefined };
}

export function databaseIn(folder: string): SqliteConfig {
  return { kind: 'sqlite', file: join(folder, 'latchkey.db'), jobsFile: join(folder, 'jobs.db') };
}

/** All that the database keeps, as text: the bytes of the files, or every row of every table. */
export async function readStored(config: DatabaseConfig): Promise<string> {
  if (config.kind === 'postgres') return storedRows(config);
  const files = [config.file, `${config.file}-wal`];
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('');
}

/** Collects every statement that the reader runs from now on. */
export function watchReads({ reader }: Database): string[] {
  const statements: string[] = [];
  reader.connection.logger = {
    ...reader.connection.logger,
    logQuery: (query) => void statements.push(query),
  };
  return statements;
}
