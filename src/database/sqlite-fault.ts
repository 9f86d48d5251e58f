/** Sorts what SQLite says once it is open. Called by open-sqlite for every write. What may pass, or what an operator can
 *  mend without a new version of Latchkey, is DATABASE_UNAVAILABLE; anything else is a fault of ours and stays one. */
import { Fault } from '../errors.js';
import { codeOf } from './postgres-fault.js';

/** Each with what the log tells the operator. */
const unavailable: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'another program holds the database',
  SQLITE_LOCKED: 'another program holds the database',
  SQLITE_FULL: 'the disk is full',
  SQLITE_IOERR: 'the disk cannot be read or written',
  SQLITE_READONLY: 'the database cannot be written',
  SQLITE_CANTOPEN: 'the database or its log cannot be opened',
};

export function toSqliteFault(error: unknown): unknown {
  const why = unavailable[codeOf(error)];
  return why === undefined ? error : new Fault('DATABASE_UNAVAILABLE', { retryAfterSeconds: 1 }, why, error);
}
