/** latchkey backup: copies the vault while the gateway serves. Everything secret in the copy is sealed as in the vault, so it
 *  opens with the keyring alone, which is no part of it. Must never: overwrite a file, which may be the last good copy. */
import { resolve } from 'node:path';
import { readDatabasePlace } from '../config/read-config.js';
import type { SettingSource } from '../config/secret-setting.js';
import { StartFault } from '../config/start-fault.js';
import { copySqlite } from '../database/copy-sqlite.js';
import { valueOrFaults } from './report-faults.js';

export interface BackupParts {
  readonly sources: SettingSource;
  readonly write: (text: string) => void;
}

/** Throws StartFault where there is nothing to copy, or the copy cannot be written. */
export async function backupVault(out: string, { sources, write }: BackupParts): Promise<void> {
  const config = valueOrFaults(readDatabasePlace(sources));
  if (config.kind !== 'sqlite') {
    throw new StartFault('The vault is in PostgreSQL; copy it with pg_dump (docs/operations.md).');
  }
  const copy = resolve(out);
  try {
    await copySqlite({ file: config.file, out: copy });
  } catch (error) {
    throw explain(error, { file: config.file, copy });
  }
  write(`Copied ${config.file} to ${copy}. Keep it apart from the keyring, without which it cannot be opened.\n`);
}

const cannotCreate = 73; // sysexits.h: EX_CANTCREAT

function explain(error: unknown, { file, copy }: { readonly file: string; readonly copy: string }): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'EEXIST':
      return new StartFault(`${copy} exists already; name another file.`, { exitCode: cannotCreate });
    case 'SQLITE_CANTOPEN':
      return new StartFault(`There is no database ${file}; set LATCHKEY_DATA_FOLDER as the gateway has it.`, {
        cause: error,
      });
    case 'SQLITE_NOTADB':
    case 'SQLITE_CORRUPT':
      return new StartFault(`The database ${file} is damaged; put an earlier copy in its place.`, { cause: error });
    case 'SQLITE_FULL':
    case 'SQLITE_IOERR':
    case 'ENOSPC':
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EACCES':
    case 'EPERM':
    case 'EROFS': {
      const mend = 'name a file in a folder that you may write, with room for the whole vault';
      return new StartFault(`${copy} cannot be written (${code}); ${mend}.`, { exitCode: cannotCreate, cause: error });
    }
    default:
      return error;
  }
}
