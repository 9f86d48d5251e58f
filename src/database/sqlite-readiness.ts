/** Answers whether the SQLite database can still be used. Called by open-sqlite for readiness.
 *  A file that was deleted or replaced under a running process goes on working for that process alone, and all that is
 *  written to it is lost; a full disk lets everything be read. Neither shows in a SELECT. */
import { stat } from 'node:fs/promises';
import type { DataSource } from 'typeorm';
import type { Transaction } from './database.js';

export interface SqliteReadinessParts {
  readonly file: string;
  readonly reader: DataSource;
  readonly write: (work: (transaction: Transaction) => Promise<unknown>) => Promise<unknown>;
  /** Whether the last write failed for a reason that may pass. */
  readonly isInDoubt: () => boolean;
}

export async function createSqliteReadiness(parts: SqliteReadinessParts): Promise<() => Promise<boolean>> {
  const { file, reader, write, isInDoubt } = parts;
  const opened = await identityOf(file);

  return async () => {
    try {
      await reader.query('SELECT 1');
      // Writes a page and changes nothing: only a write shows that there is room again.
      if (isInDoubt()) await write((transaction) => transaction.query('PRAGMA user_version = 0'));
      return (await identityOf(file)) === opened;
    } catch {
      return false;
    }
  };
}

async function identityOf(file: string): Promise<string> {
  const { dev, ino } = await stat(file, { bigint: true });
  return `${dev} ${ino}`;
}
