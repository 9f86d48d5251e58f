/** Keeps the reads of one SQLite connection prepared: SQLite parses and plans a statement once, and each read after that
 *  binds and steps. Called by sqlite.ts, which puts this in the place where typeorm looks for its connection. typeorm
 *  itself prepares every statement anew, which costs three times as much as the read of a row by its key.
 *  Bounded: the statement that was made first goes when there are too many (a list in a query makes a text of each length).
 *  Must never: leave a statement open at the close, which SQLite would then refuse. */
import type sqlite3 from 'sqlite3';
import type { RawRow } from './database.js';

/** What typeorm calls on a connection. */
export interface SqliteConnection {
  all(sql: string, parameters: unknown, done: RowsCallback): void;
  run(sql: string, parameters: unknown, done: RowsCallback): void;
  close(done: (error: Error | null) => void): void;
}

type RowsCallback = (this: unknown, error: Error | null, rows?: RawRow[]) => void;

const maxStatements = 100;

export function keepPrepared(connection: sqlite3.Database): SqliteConnection {
  const kept = new Map<string, sqlite3.Statement>(); // oldest first

  return {
    all(sql, parameters, done) {
      const statement = kept.get(sql);
      if (statement) statement.all(parameters, done);
      else prepareAndRead(sql, parameters, done);
    },
    run: (sql, parameters, done) => void connection.run(sql, parameters, done),
    close(done) {
      for (const statement of kept.values()) statement.finalize();
      kept.clear();
      connection.close(done);
    },
  };

  /** sqlite3 drops what waits for a statement whose preparing fails, so nothing waits before it is known. */
  function prepareAndRead(sql: string, parameters: unknown, done: RowsCallback): void {
    const statement = connection.prepare(sql, (error: Error | null) => {
      if (error) return done.call(statement, error);
      statement.all(parameters, done);
      keep(sql, statement);
    });
  }

  function keep(sql: string, statement: sqlite3.Statement): void {
    kept.get(sql)?.finalize(); // another read prepared it at the same time
    kept.delete(sql);
    kept.set(sql, statement);
    const [oldest] = kept;
    if (kept.size <= maxStatements || !oldest) return;
    kept.delete(oldest[0]);
    oldest[1].finalize(); // after the reads that wait for it
  }
}
