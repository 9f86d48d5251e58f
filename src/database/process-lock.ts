/** A lock on a file that dies with its process, however that ends: by kill -9 as by a power loss. Taken by app.ts on the
 *  SQLite vault, which one gateway serves, and by the journal, so that the next start knows whose writer is dead.
 *  Node has no lock of its own on a file; SQLite has one, of the system. The file stays empty.
 *  Must never: open the file by another way while it is locked, since closing it would give the lock away (POSIX). */
import { rm } from 'node:fs/promises';
import sqlite3 from 'sqlite3';

export interface ProcessLock {
  release(): Promise<void>;
  /** Takes the file away too, where nobody will ask for this lock again. */
  remove(): Promise<void>;
}

/** Null while somebody else, in this process or another, has it. Throws what SQLite says when the file cannot be made. */
export async function takeProcessLock(file: string): Promise<ProcessLock | null> {
  const connection = await open(file);
  connection.configure('busyTimeout', 0);
  try {
    await run(connection, 'PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE'); // nothing is written that a journal could undo
  } catch (error) {
    await close(connection);
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return null;
    throw error;
  }
  let closing: Promise<void> | null = null;
  const release = (): Promise<void> => (closing ??= close(connection));
  return {
    release,
    async remove() {
      await rm(file, { force: true }); // while it is ours: whoever comes between makes a new one
      await release();
    },
  };
}

function open(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const connection = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(connection)));
  });
}

function run(connection: sqlite3.Database, statement: string): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.exec(statement, (error) => (error ? reject(error) : resolve()));
  });
}

function close(connection: sqlite3.Database): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.close((error) => (error ? reject(error) : resolve()));
  });
}
