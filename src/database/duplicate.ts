/** Whether a write failed because a row like it stands already. Called by use cases that answer this by looking again. */
import { QueryFailedError } from 'typeorm';

/** True for a unique index or primary key that refused a row, on either database. */
export function isDuplicate(error: unknown): boolean {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!(cause instanceof Error && 'code' in cause)) return false;
  // 23505 is PostgreSQL's unique_violation; SQLite has one code for every kind of constraint.
  return cause.code === '23505' || (cause.code === 'SQLITE_CONSTRAINT' && cause.message.includes('UNIQUE'));
}
