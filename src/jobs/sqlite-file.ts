/** A small promise door to one SQLite file, for the job repository alone.
 *  Every statement waits its turn in one queue, so that nothing can slip into another caller's transaction: sqlite3
 *  runs statements of one connection as they come, and a ROLLBACK would undo a stranger's write. */
import sqlite3 from 'sqlite3';

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;
/** Keys carry their `$`. A name that the statement does not use is an error. */
export type SqlParameters = Readonly<Record<`$${string}`, SqlValue>>;

export interface Statements {
  all(sql: string, parameters?: SqlParameters): Promise<SqlRow[]>;
  /** Resolves to the number of rows changed. */
  run(sql: string, parameters?: SqlParameters): Promise<number>;
}

export interface SqliteFile extends Statements {
  /** Runs `work` in one transaction, alone. `work` uses the statements it is given and must not call this file. */
  transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T>;
  /** Waits for the statements that were asked for before, then closes. May be called again. */
  close(): Promise<void>;
}

/** Rejects with sqlite3's error, whose `code` is a name such as SQLITE_NOTADB. */
export async function openSqliteFile(file: string): Promise<SqliteFile> {
  const database = await open(file);
  const direct: Statements = {
    all: (sql, parameters = {}) => all(database, sql, parameters),
    run: (sql, parameters = {}) => run(database, sql, parameters),
  };
  let tail: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | null = null;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn;
  }

  return {
    all: (sql, parameters) => inTurn(() => direct.all(sql, parameters)),
    run: (sql, parameters) => inTurn(() => direct.run(sql, parameters)),
    transaction: (work) => inTurn(() => inTransaction(direct, work)),
    close: () => (closing ??= inTurn(() => close(database))),
  };
}

async function inTransaction<T>(direct: Statements, work: (statements: Statements) => Promise<T>): Promise<T> {
  await direct.run('BEGIN IMMEDIATE');
  try {
    const result = await work(direct);
    await direct.run('COMMIT');
    return result;
  } catch (error) {
    // A full disk has rolled back already; then this fails, and the first error is the one that counts.
    await direct.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function open(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(database)));
  });
}

function all(database: sqlite3.Database, sql: string, parameters: SqlParameters): Promise<SqlRow[]> {
  return new Promise((resolve, reject) => {
    database.all<SqlRow>(sql, parameters, (error, rows) => (error ? reject(error) : resolve(rows)));
  });
}

function run(database: sqlite3.Database, sql: string, parameters: SqlParameters): Promise<number> {
  return new Promise((resolve, reject) => {
    database.run(sql, parameters, function (error) {
      if (error) reject(error);
      else resolve(this.changes);
    });
  });
}

function close(database: sqlite3.Database): Promise<void> {
  return new Promise((resolve, reject) => {
    database.close((error) => (error ? reject(error) : resolve()));
  });
}
