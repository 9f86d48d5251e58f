/** Tells what the scheduler failed at; of what it fails at with every look, as on a full disk or without a database, once a
 *  minute and how often that was. Called by create-jobs. */
import type { Clock } from '../clock.js';
import type { Logger } from '../observe/logger.js';

const QUIET_MS = 60_000;

export function createFaultLog({ clock, log }: { clock: Clock; log: Logger }): (error: unknown) => void {
  /** By kind of fault. */
  const told = new Map<string, { readonly at: number; times: number }>();

  return (error) => {
    const kind = kindOf(error);
    const last = told.get(kind);
    if (last && clock.monotonic() - last.at < QUIET_MS) {
      last.times += 1;
      return;
    }
    log.error({ event: 'jobs.fault', err: error, notTold: last?.times ?? 0 });
    told.set(kind, { at: clock.monotonic(), times: 0 });
  };
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
