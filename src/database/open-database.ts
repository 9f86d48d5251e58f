/** Opens the database that the configuration names and brings its tables up to date. Called by app.ts, the command line
 *  and tests. Above this line nobody knows which database it is. */
import type { DatabaseConfig } from '../config/config.js';
import type { Logger } from '../observe/logger.js';
import type { Database } from './database.js';
import { openPostgres } from './open-postgres.js';
import { openSqlite } from './open-sqlite.js';
import type { RowClass } from './sqlite.js';

export interface OpenDatabaseOptions {
  readonly config: DatabaseConfig;
  readonly entities: readonly RowClass[];
  /** In the order in which they run. Those that ran already are skipped. */
  readonly migrations: readonly RowClass[];
  readonly log: Logger;
  /** How long a statement on SQLite waits for another process's write, in milliseconds. */
  readonly busyTimeoutMs?: number;
}

/** Throws StartFault, one sentence with the mend, for what an operator can mend. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { config } = options;
  switch (config.kind) {
    case 'sqlite':
      return openSqlite({ ...options, config });
    case 'postgres':
      return openPostgres({ ...options, config });
  }
}
