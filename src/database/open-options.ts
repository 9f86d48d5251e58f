/** What it takes to open a database, whichever it is. */
import type { DatabaseConfig } from '../config/config.js';
import type { Logger } from '../observe/logger.js';
import type { RowClass } from './sqlite.js';

export interface OpenDatabaseOptions<Config extends DatabaseConfig = DatabaseConfig> {
  readonly config: Config;
  readonly entities: readonly RowClass[];
  /** In the order in which they run. Those that ran already are skipped. */
  readonly migrations: readonly RowClass[];
  readonly log: Logger;
  /** How long a statement on SQLite waits for another process's write, in milliseconds. */
  readonly busyTimeoutMs?: number;
}
