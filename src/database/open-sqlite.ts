/** Opens the SQLite database and brings its tables up to date. Called by open-database.
 *  Two connections on one file: one writes, through a queue; one reads and cannot write. With the write-ahead log readers
 *  see what is committed and never wait. What an operator can mend comes out as one sentence (StartFault), and whatever
 *  was opened by then is closed again. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataSource } from 'typeorm';
import type { SqliteConfig } from '../config/config.js';
import type { Logger } from '../observe/logger.js';
import type { Database, WrittenStatement } from './database.js';
import type { OpenDatabaseOptions } from './open-options.js';
import { explainOpenFault } from './open-fault.js';
import { createOutageLog } from './outage-log.js';
import { createSelect, prepareReader, prepareWriter, sqliteOptions } from './sqlite.js';
import { toSqliteFault } from './sqlite-fault.js';
import { createSqliteReadiness } from './sqlite-readiness.js';
import { createWriterQueue } from './writer-queue.js';

type OpenSqlite = OpenDatabaseOptions<SqliteConfig>;

/** Throws StartFault when the folder cannot be written, the file is locked for longer than the busy time-out or is no
 *  database, or the file system cannot hold a write-ahead log. */
export async function openSqlite(options: OpenSqlite): Promise<Database> {
  const { config, log } = options;
  const source = { file: config.file, busyTimeoutMs: 5000, ...options };
  const writer = new DataSource(sqliteOptions(source));
  const reader = new DataSource(sqliteOptions({ ...source, migrations: [] }));
  try {
    await mkdir(dirname(config.file), { recursive: true, mode: 0o700 }); // nobody else's to read
    await writer.initialize();
    await prepareWriter(writer);
    await migrate(writer, log);
    await reader.initialize();
    await prepareReader(reader);
  } catch (error) {
    await closeSources([reader, writer]);
    throw explainOpenFault(error, config.file);
  }
  return databaseOf(writer, reader, options);
}

async function databaseOf(writer: DataSource, reader: DataSource, { config, log }: OpenSqlite): Promise<Database> {
  const queue = createWriterQueue(writer);
  const outages = createOutageLog(log);
  const write: Database['write'] = outages.watch((work) => queue.run(work).catch(failSorted));
  return {
    reader: reader.manager,
    select: createSelect(reader),
    write,
    writeOne: outages.watch((make: () => WrittenStatement) => queue.runOne(make).catch(failSorted)),
    isReachable: await createSqliteReadiness({ file: config.file, reader, write, isInDoubt: () => outages.isAway() }),
    pool: null,
    async close() {
      await queue.drain();
      await closeSources([reader, writer]); // the writer last: closing it folds the log back into the file
    },
  };
}

function failSorted(error: unknown): never {
  throw toSqliteFault(error);
}

/** Under one write lock, so that two processes that start together migrate one after the other. */
async function migrate(writer: DataSource, log: Logger): Promise<void> {
  await writer.query('BEGIN IMMEDIATE');
  try {
    const ran = await writer.runMigrations({ transaction: 'none' });
    await writer.query('COMMIT');
    if (ran.length > 0) log.info({ event: 'database.migrated', migrations: ran.map(({ name }) => name) });
  } catch (error) {
    await writer.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function closeSources(sources: readonly DataSource[]): Promise<void> {
  for (const source of sources) if (source.isInitialized) await source.destroy();
}
