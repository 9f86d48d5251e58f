/** Opens jobs.db and brings it to the one shape that this version knows.
 *  Called by sqlite-job-repository.ts. The file is disposable: it holds when jobs run, never what Latchkey must not
 *  lose. So a file that is missing, corrupt or of another version is made anew with a log line, and never mended;
 *  a file that cannot be opened for another reason (folder, rights, disk) stops the start. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { StartFault } from '../config/start-fault.js';
import type { Logger } from '../observe/logger.js';
import { openSqliteFile, type SqliteFile } from './sqlite-file.js';

/** Raise it with every change of the table: older files are then made anew. */
const SHAPE = 1;

export async function openJobsFile(options: { file: string; log: Logger }): Promise<SqliteFile> {
  const { file, log } = options;
  const isNew = !existsSync(file);
  const fault = isNew ? null : await findFault(file);
  if (isNew) log.info({ event: 'jobs.file_created', file });
  if (fault) {
    log.warn({ event: 'jobs.file_recreated', file, why: fault });
    await Promise.all(['', '-wal', '-shm', '-journal'].map((suffix) => rm(file + suffix, { force: true })));
  }
  try {
    return await openShaped(file);
  } catch (error) {
    throw cannotOpen(file, error);
  }
}

/** Why the file cannot be used as it is; null when it can. */
async function findFault(file: string): Promise<string | null> {
  let database: SqliteFile | null = null;
  try {
    database = await openSqliteFile(file);
    const [check] = await database.all('PRAGMA quick_check(1)');
    if (check?.['quick_check'] !== 'ok') return 'corrupt';
    const [version] = await database.all('PRAGMA user_version');
    const shape = version?.['user_version'];
    return shape === SHAPE || shape === 0 ? null : 'shape of another version';
  } catch (error) {
    if (isDamage(error)) return 'corrupt';
    throw cannotOpen(file, error);
  } finally {
    await database?.close();
  }
}

async function openShaped(file: string): Promise<SqliteFile> {
  const database = await openSqliteFile(file);
  try {
    await database.run('PRAGMA busy_timeout = 5000');
    await database.run('PRAGMA journal_mode = WAL');
    // A job lost at a power cut is made again at the next start; it needs no fsync of its own.
    await database.run('PRAGMA synchronous = NORMAL');
    await database.transaction(async (statements) => {
      for (const statement of shape) await statements.run(statement);
    });
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

const shape = [
  `CREATE TABLE IF NOT EXISTS job (
    id TEXT PRIMARY KEY NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    name TEXT NOT NULL,
    priority INTEGER NOT NULL,
    next_run_at INTEGER,
    type TEXT NOT NULL CHECK (type IN ('normal', 'single')),
    locked_at INTEGER,
    last_run_at INTEGER,
    last_finished_at INTEGER,
    failed_at INTEGER,
    fail_count INTEGER,
    fail_reason TEXT,
    repeat_interval ANY,
    repeat_timezone TEXT,
    repeat_at TEXT,
    data TEXT,
    disabled INTEGER NOT NULL,
    progress REAL,
    fork INTEGER NOT NULL,
    debounce_started_at INTEGER,
    start_date INTEGER,
    end_date INTEGER,
    skip_days TEXT,
    last_modified_by TEXT
  ) STRICT`,
  // In the order of the lock statement: the next due job is the first entry, however many are due.
  'CREATE INDEX IF NOT EXISTS job_due ON job (name, disabled, locked_at, next_run_at, priority DESC)',
  "CREATE UNIQUE INDEX IF NOT EXISTS job_single ON job (name) WHERE type = 'single'",
  `PRAGMA user_version = ${SHAPE}`,
];

function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT';
}

function cannotOpen(file: string, error: unknown): StartFault {
  const mend =
    codeOf(error) === 'SQLITE_BUSY'
      ? 'another process holds it; stop that process first.'
      : 'make its folder writable for this process, or delete the file (it is made anew).';
  return new StartFault(`The file of jobs ${file} cannot be opened (${codeOf(error)}): ${mend}`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown fault';
}
