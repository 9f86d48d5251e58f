/** Sorts what PostgreSQL and the way to it say. Called by open-postgres and postgres-transaction for every error.
 *  An error is sorted here once: the rooms above see DATABASE_UNAVAILABLE, or a fault of ours. */
import { QueryFailedError } from 'typeorm';
import { Fault } from '../errors.js';

/** What the driver itself threw, out of typeorm's wrapping. */
export function causeOf(error: unknown): unknown {
  return error instanceof QueryFailedError ? error.driverError : error;
}

/** SQLSTATE or the name of a system error; empty where there is none. */
export function codeOf(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

/** DATABASE_UNAVAILABLE for what may be over in a moment; anything else stays what it is. */
export function toFault(error: unknown): unknown {
  if (!isUnavailable(error)) return error;
  return new Fault('DATABASE_UNAVAILABLE', { retryAfterSeconds: 1 }, 'PostgreSQL is away', causeOf(error));
}

/** Whether the server is away, on its way, full, read-only or too slow: nobody's fault above, and it may pass. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return unavailableStates.test(code) || isLost(error) || driverGaveUp.test(messageOf(error));
}

/** Whether the connection went while a statement was under way or before it; nothing says what became of it. */
export function isLost(error: unknown): boolean {
  return /^(57P0[12]|08\w{3})$/.test(codeOf(error)) || lostStates.has(codeOf(error)) || lost.test(messageOf(error));
}

/** Whether the server rolled a transaction back because of another one, so that it may simply run again. */
export function isConflict(error: unknown): boolean {
  return ['40001', '40P01'].includes(codeOf(error)); // serialization_failure, deadlock_detected
}

/** Connection and authorization (a password that is being changed), a database that is gone, read-only after a
 *  failover, out of connections, disk or memory, ended by an operator, out of time, an I/O error. */
const unavailableStates =
  /^(08\w{3}|28\w{3}|3D000|25006|25P0[34]|53\w{3}|57\w{3}|55P03|58\w{3}|40001|40P01|E(CONN|HOST|NET|TIMEDOUT|PIPE|NOTFOUND|AI_AGAIN)\w*)$/;

const lostStates: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);
const lost = /^(Connection terminated|Client has encountered a connection error|Client was closed)/;
const driverGaveUp =
  /^(timeout exceeded when trying to connect|Query read timeout|Cannot use a pool after calling end)/;

function messageOf(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error ? cause.message : '';
}
