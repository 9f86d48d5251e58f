/** Copies a SQLite database while others read and write it. Called by cli/backup-vault.ts. A copy of the file alone would miss
 *  what still stands in the write-ahead log, or be torn in the middle; VACUUM INTO reads one moment of the database in one
 *  transaction, and writes wait for nothing. Must never: write to the database that it copies. */
import { open, rm } from 'node:fs/promises';
import sqlite3 from 'sqlite3';

const busyTimeoutMs = 5_000;

/** The copy is for this user alone. Rejects with the file system's or SQLite's error, and then leaves nothing behind:
 *  EEXIST where `out` exists, SQLITE_CANTOPEN where the database does not. */
export async function copySqlite({ file, out }: { readonly file: string; readonly out: string }): Promise<void> {
  const made = await open(out, 'wx', 0o600);
  await made.close();
  try {
    const source = await openReadOnly(file);
    try {
      await run(source, 'VACUUM INTO $out', { $out: out });
    } finally {
      await close(source);
    }
  } catch (error) {
    await rm(out, { force: true });
    throw error;
  }
}

function openReadOnly(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY, (error) => {
      if (error) return reject(error);
      database.configure('busyTimeout', busyTimeoutMs);
      resolve(database);
    });
  });
}

function run(database: sqlite3.Database, sql: string, parameters: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    database.run(sql, parameters, (error) => (error ? reject(error) : resolve()));
  });
}

function close(database: sqlite3.Database): Promise<void> {
  return new Promise((resolve, reject) => {
    database.close((error) => (error ? reject(error) : resolve()));
  });
}
