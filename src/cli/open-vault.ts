/** Opens the vault for a command: its database and its keyring, and nothing else of the configuration. Called by the keys
 *  commands that look at sealed values.
 *  Must never: take an empty vault for the one that was meant. "Nothing is sealed with that key" would be true of it. */
import type { Clock } from '../clock.js';
import type { SettingSource } from '../config/secret-setting.js';
import { readSecretSetting } from '../config/secret-setting.js';
import { readDatabasePlace, readDataFolder } from '../config/read-config.js';
import { StartFault } from '../config/start-fault.js';
import type { Database } from '../database/database.js';
import { openDatabase } from '../database/open-database.js';
import { keyringFileOf } from '../deployment.js';
import { entities, migrations } from '../entities.js';
import { createLogger, type Logger } from '../observe/logger.js';
import { assertVaultIsInUse } from '../vault/keyring-check.js';
import { journalFolderIn } from '../vault/left-journals.js';
import { parseKeyring, type Keyring } from '../vault/keyring.js';
import { createSealedValueStore, type SealedValueStore } from '../vault/sealed-value-store.js';
import type { Secret } from '../secret.js';
import { valueOrFaults } from './report-faults.js';

export interface VaultCommandParts {
  readonly sources: SettingSource;
  readonly clock: Clock;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
}

export interface OpenVault {
  readonly database: Database;
  readonly values: SealedValueStore;
  readonly keyring: Keyring;
  readonly text: Secret;
  /** Of the gateways on this machine. */
  readonly journalFolder: string;
  /** Null where the keyring came as text. */
  readonly file: string | null;
  readonly log: Logger;
}

/** `keyringFile` goes before the environment. Throws StartFault; closes the database when the work has ended. */
export async function withVault<T>(
  { sources, writeError }: VaultCommandParts,
  keyringFile: string | null,
  work: (vault: OpenVault) => Promise<T>,
): Promise<T> {
  const named = nameKeyring(sources, keyringFile);
  const text = valueOrFaults(readSecretSetting(named, 'LATCHKEY_KEYRING'));
  if (text === null) throw noKeyring();
  const keyring = valueOrFaults(parseKeyring(text));
  const config = valueOrFaults(readDatabasePlace(sources));
  const log = createLogger({ level: 'warn', destination: { write: writeError } });
  const database = await openDatabase({ config, entities, migrations, log });
  try {
    await assertVaultIsInUse(database);
    const values = createSealedValueStore({ database });
    const journalFolder = journalFolderIn(readDataFolder(sources));
    return await work({ database, values, journalFolder, keyring, text, file: keyringFileOf(named), log });
  } finally {
    await database.close();
  }
}

/** The path of the keyring's file, for a command that changes it. Throws StartFault where there is none. */
export function requireKeyringFile(sources: SettingSource, keyringFile: string | null): string {
  const file = keyringFileOf(nameKeyring(sources, keyringFile));
  if (file === null) throw noKeyring();
  return file;
}

function nameKeyring(sources: SettingSource, keyringFile: string | null): SettingSource {
  if (keyringFile === null) return sources;
  const { LATCHKEY_KEYRING: _, ...environment } = sources.environment;
  return { ...sources, environment: { ...environment, LATCHKEY_KEYRING_FILE: keyringFile } };
}

function noKeyring(): StartFault {
  return new StartFault('No keyring is named; add --keyring with its file, or set LATCHKEY_KEYRING_FILE.');
}
