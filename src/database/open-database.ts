/** Opens the database that the configuration names and brings its tables up to date. Called by app.ts, the command line
 *  and tests. Above this line nobody knows which database it is. */
import type { Database } from './database.js';
import type { OpenDatabaseOptions } from './open-options.js';
import { openPostgres } from './open-postgres.js';
import { openSqlite } from './open-sqlite.js';

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
