/** The data source of typeorm's own command line, for whoever writes a migration: one export, as it wants. Latchkey
 *  itself never reads this; it migrates when it starts. The file is a throwaway one: LATCHKEY_DATA_FOLDER/schema.db. */
import 'reflect-metadata';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { sqliteOptions } from './src/database/sqlite.js';
import { entities, migrations } from './src/entities.js';

const folder = process.env['LATCHKEY_DATA_FOLDER'] ?? '.latchkey';

export const dataSource = new DataSource(
  sqliteOptions({ file: join(folder, 'schema.db'), entities, migrations, busyTimeoutMs: 5000 }),
);
