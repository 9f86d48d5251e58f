/** Opens the vault's keyring: proves it against the vault, then follows its file and proves each change in the same way
 *  before it is used. Called by app.ts at start and by the commands that reseal. */
import type { Clock } from '../clock.js';
import type { Mode } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { Logger } from '../observe/logger.js';
import type { Secret } from '../secret.js';
import { assertKeyringOpensVault, assertKeyringSuits } from './keyring-check.js';
import { keyringFile } from './keyring-file.js';
import type { Keyring } from './keyring.js';
import { createLiveKeyring, type LiveKeyring } from './live-keyring.js';
import { createSealer } from './seal.js';

export interface OpenKeyringParts {
  readonly keyring: Keyring;
  readonly text: Secret;
  /** The file that the text came from; null where it came as text. */
  readonly file: string | null;
  /** Null for a command, which serves nobody and takes the keyring of either mode. */
  readonly mode: Mode | null;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Throws StartFault where the keyring does not fit. */
export async function openKeyring({ keyring, text, file, mode, ...parts }: OpenKeyringParts): Promise<LiveKeyring> {
  const { database, clock, log } = parts;
  await approve(keyring);
  return createLiveKeyring({ first: keyring, text, source: file === null ? null : keyringFile(file), approve, log });

  async function approve(next: Keyring): Promise<void> {
    if (mode !== null) assertKeyringSuits(mode, next);
    await assertKeyringOpensVault({ database, keyring: next, sealer: createSealer(next), clock });
  }
}
