/** Says once that the database is away and once that it is back, however many statements meet it. Called by
 *  open-sqlite and open-postgres. */
import { Fault } from '../errors.js';
import type { Logger } from '../observe/logger.js';
import { isUnavailable } from './postgres-fault.js';

export interface OutageLog {
  lost(error: unknown): void;
  /** Whether the last that was heard is that it is away. */
  isAway(): boolean;
  /** The same function; its outcomes are heard. */
  watch<Arguments extends unknown[], T>(
    run: (...values: Arguments) => Promise<T>,
  ): (...values: Arguments) => Promise<T>;
}

export function createOutageLog(log: Logger): OutageLog {
  let isAway = false;

  return {
    lost,
    isAway: () => isAway,
    watch:
      (run) =>
      async (...values) => {
        try {
          const result = await run(...values);
          found();
          return result;
        } catch (error) {
          if (isUnavailable(error) || isUnavailableFault(error)) lost(error);
          throw error;
        }
      },
  };

  function lost(error: unknown): void {
    if (!isAway) log.warn({ event: 'database.away', err: error });
    isAway = true;
  }

  function found(): void {
    if (isAway) log.info({ event: 'database.back' });
    isAway = false;
  }
}

function isUnavailableFault(error: unknown): boolean {
  return error instanceof Fault && error.code === 'DATABASE_UNAVAILABLE';
}
