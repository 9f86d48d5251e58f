/** Opens a real, migrated SQLite database in a folder of its own, for the tests of every room. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseConfig } from '../../src/config/config.js';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import type { Logger } from '../../src/observe/logger.js';
import { createTestClock } from './test-clock.js';
import type { TestClock } from './test-clock.js';

export interface TestDatabase {
  readonly database: Database;
  readonly clock: TestClock;
  readonly folder: string;
  readonly config: DatabaseConfig;
  /** Closes the database and deletes the folder. */
  close(): Promise<void>;
}

export async function openTestDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  const config = databaseIn(folder);
  const database = await openDatabase({ config, entities, migrations, log: silentLog, busyTimeoutMs: 30_000 });
  return {
    database,
    clock: createTestClock(),
    folder,
    config,
    async close() {
      await database.close();
      await rm(folder, { recursive: true });
    },
  };
}

export function databaseIn(folder: string): DatabaseConfig {
  return { kind: 'sqlite', file: join(folder, 'latchkey.db'), jobsFile: join(folder, 'jobs.db') };
}

const silence = (): void => undefined;

export const silentLog: Logger = {
  info: silence,
  warn: silence,
  error: silence,
  debug: silence,
  child: () => silentLog,
  during: (_fields, work) => work(),
};

/** Collects every statement that the reader runs from now on. */
export function watchReads({ reader }: Database): string[] {
  const statements: string[] = [];
  reader.connection.logger = {
    ...reader.connection.logger,
    logQuery: (query) => void statements.push(query),
  };
  return statements;
}
