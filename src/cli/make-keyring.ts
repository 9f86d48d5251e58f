/** latchkey keys new: makes a keyring. Must never: overwrite a file, since the one that is there may be the only key to a
 *  vault; or leave one that others may read. */
import { rm, writeFile } from 'node:fs/promises';
import type { Clock } from '../clock.js';
import { StartFault } from '../config/start-fault.js';
import { newKeyringText } from '../vault/keyring.js';

export interface MakeKeyringOptions {
  /** The file to make; null prints the keyring. */
  readonly out: string | null;
  readonly development: boolean;
}

export interface MakeKeyringParts {
  readonly clock: Clock;
  readonly write: (text: string) => void;
}

/** Throws StartFault where the file exists or cannot be written. */
export async function makeKeyring(
  { out, development }: MakeKeyringOptions,
  { clock, write }: MakeKeyringParts,
): Promise<void> {
  const text = newKeyringText({ development, clock });
  if (out === null) return write(text);
  await writeNewPrivateFile(out, text);
  write(
    `Wrote a new keyring to ${out}. Set LATCHKEY_KEYRING_FILE to its path, and keep a copy apart from the database's backups: without it the vault cannot be opened.\n`,
  );
}

async function writeNewPrivateFile(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'EEXIST') {
      throw new StartFault(`${file} exists already and may hold the only key to a vault; name another file.`, {
        exitCode: 73,
      });
    }
    if (code === 'ENOSPC') await rm(file, { force: true });
    throw new StartFault(`${file} cannot be written (${code}); name a file in a folder that you may write.`, {
      exitCode: 73, // sysexits.h: EX_CANTCREAT
      cause: error,
    });
  }
}
