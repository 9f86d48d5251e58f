/** Turns what SQLite and the file system say at the opening of a database into one sentence with the mend.
 *  Called by open-database. A fault that no operator can mend stays as it is, with its stack. */
import { dirname } from 'node:path';
import { StartFault } from '../config/start-fault.js';
import { WriteAheadLogRefused } from './sqlite.js';

export function explainOpenFault(error: unknown, file: string): unknown {
  const sentence = explain(error, file);
  return sentence === null ? error : new StartFault(sentence, { cause: error });
}

function explain(error: unknown, file: string): string | null {
  if (error instanceof WriteAheadLogRefused) {
    return `The folder ${dirname(file)} cannot hold SQLite's write-ahead log; put LATCHKEY_DATA_FOLDER on a local disk.`;
  }
  switch (codeOf(error)) {
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return `The database ${file} is locked by another program; end it (or the other Latchkey), then start again.`;
    case 'SQLITE_NOTADB':
      return `The file ${file} is not a SQLite database; move it away or set LATCHKEY_DATA_FOLDER to another folder.`;
    case 'SQLITE_CORRUPT':
      return `The database ${file} is damaged; put a backup in its place, then start again.`;
    case 'SQLITE_FULL':
    case 'ENOSPC':
      return `The disk of ${dirname(file)} is full; make room, then start again.`;
    case 'SQLITE_READONLY':
      return `The database ${file} cannot be written; give the user who runs Latchkey the right to write it.`;
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_PERM':
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
      return `The folder ${dirname(file)} cannot be written; give the user who runs Latchkey the right to write it, or set LATCHKEY_DATA_FOLDER to another folder.`;
    default:
      return null;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
