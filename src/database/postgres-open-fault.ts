/** Turns what PostgreSQL and the way to it say at the opening into one sentence with the mend. Called by open-postgres.
 *  A fault that no operator can mend stays as it is, with its stack. Must never: repeat the URL, which holds a password. */
import { StartFault } from '../config/start-fault.js';
import { causeOf, codeOf, isUnavailable } from './postgres-fault.js';

/** sysexits.h: EX_UNAVAILABLE, for what may pass; a supervisor that starts Latchkey again is right to. */
const exitCodeOfAway = 69;

/** `place` is host:port/name. */
export function explainPostgresFault(error: unknown, place: string): unknown {
  if (error instanceof StartFault) return error;
  const cause = causeOf(error);
  const sentence = explain(codeOf(error), place) ?? explainTls(cause, place);
  if (sentence !== null) return new StartFault(sentence, { cause });
  if (!isUnavailable(error)) return error;
  return new StartFault(
    `No PostgreSQL answers at ${place} (${codeOf(error) || 'timed out'}); start it or correct LATCHKEY_DATABASE_URL, then start again.`,
    { cause, exitCode: exitCodeOfAway },
  );
}

function explain(code: string, place: string): string | null {
  switch (code) {
    case '28P01':
    case '28000':
      return `PostgreSQL at ${place} refuses the user or the password; correct them in LATCHKEY_DATABASE_URL (special characters percent-encoded), or what pg_hba.conf allows.`;
    case '3D000':
      return `PostgreSQL at ${place} has no database of that name; create it (createdb), or correct LATCHKEY_DATABASE_URL.`;
    case '42501':
      return `The user of LATCHKEY_DATABASE_URL may not make or change tables at ${place}; make it the owner of the database, or run \`node dist/src/cli/latchkey.js migrate\` as a user who may.`;
    case '53300':
      return `PostgreSQL at ${place} has no connection left; raise its max_connections or lower LATCHKEY_DATABASE_POOL_SIZE.`;
    case '25006':
      return `PostgreSQL at ${place} is read-only (a standby); point LATCHKEY_DATABASE_URL at the primary.`;
    case '55P03':
      return `Another instance has been changing the tables at ${place} for two minutes; wait until it is done, then start again.`;
    default:
      return null;
  }
}

function explainTls(cause: unknown, place: string): string | null {
  if (!(cause instanceof Error)) return null;
  if (cause.message.includes('does not support SSL')) {
    return `PostgreSQL at ${place} speaks no TLS; set it up there, or write sslmode=disable in LATCHKEY_DATABASE_URL.`;
  }
  if (!/CERT|TLS|SSL/.test(codeOf(cause))) return null;
  return `The certificate of PostgreSQL at ${place} is not trusted (${codeOf(cause)}); name its CA with sslrootcert=/path in LATCHKEY_DATABASE_URL.`;
}
