/** Whether a write failed because a row like it stands already. Called by use cases that answer this by looking again. */
import { QueryFailedError } from 'typeorm';

/** True for a unique index or primary key that refused a row, on either database. */
export function isDuplicate(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code }: { code?: unknown } = error.driverError;
  // SQLite says only SQLITE_CONSTRAINT for every kind; 23505 is PostgreSQL's unique_violation.
  return code === '23505' || (code === 'SQLITE_CONSTRAINT' && error.message.includes('UNIQUE constraint failed'));
}
