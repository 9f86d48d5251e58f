/** Keeps a second gateway away from a SQLite vault: what a gateway finds half done there at its start belongs to one that
 *  died, and it may believe that only while it is alone. Called by app.ts before it opens the database. The command line
 *  (keys, backup, migrate) takes no such lock, and works beside a gateway. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatabaseConfig } from '../config/config.js';
import { StartFault } from '../config/start-fault.js';
import { explainOpenFault } from './open-fault.js';
import { takeProcessLock, type ProcessLock } from './process-lock.js';

/** Null on PostgreSQL, which several gateways share. Throws StartFault when another gateway has the vault. */
export async function lockVault(config: DatabaseConfig): Promise<ProcessLock | null> {
  if (config.kind !== 'sqlite') return null;
  const { file } = config;
  let lock: ProcessLock | null;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    lock = await takeProcessLock(`${file}.lock`);
  } catch (error) {
    throw explainOpenFault(error, file);
  }
  if (lock !== null) return lock;
  throw new StartFault(
    `Another Latchkey serves the database ${file}; end it first, give this one another LATCHKEY_DATA_FOLDER, or let several share one PostgreSQL (LATCHKEY_DATABASE_URL).`,
  );
}
