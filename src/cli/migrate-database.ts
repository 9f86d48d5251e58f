/** latchkey migrate: brings the database's tables up to date, as the gateway itself does at its start. */
import { nameDatabase } from '../config/read-database.js';
import { readDatabasePlace } from '../config/read-config.js';
import type { SettingSource } from '../config/secret-setting.js';
import { openDatabase } from '../database/open-database.js';
import { entities, migrations } from '../entities.js';
import { createLogger } from '../observe/logger.js';
import { valueOrFaults } from './report-faults.js';

export interface MigrateDatabaseParts {
  readonly sources: SettingSource;
  readonly write: (text: string) => void;
}

/** Throws StartFault where the folder cannot be written or the database is locked or damaged,
 *  or where PostgreSQL is not there or refuses. */
export async function migrateDatabase({ sources, write }: MigrateDatabaseParts): Promise<void> {
  const config = valueOrFaults(readDatabasePlace(sources));
  const log = createLogger({ level: 'info', destination: { write } });
  const database = await openDatabase({ config, entities, migrations, log });
  await database.close();
  write(`The database ${nameDatabase(config)} is up to date.\n`);
}
