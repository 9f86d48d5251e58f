/** Tells how far a long command is, on standard error, at most once a second. Called by commands that walk many rows. */
import type { Clock } from '../clock.js';

export interface ProgressParts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly writeError: (text: string) => void;
}

const everyMs = 1000;

/** `what` is what is counted, in the plural. A run of less than a second says nothing. */
export function createProgress(
  what: string,
  { clock, writeError }: ProgressParts,
): (done: number, total: number) => void {
  const begunAt = clock.monotonic();
  let toldAt = begunAt;
  return (done, total) => {
    const now = clock.monotonic();
    if (now - toldAt < everyMs) return;
    toldAt = now;
    const share = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));
    writeError(`${done} of ${total} ${what} (${share} %), ${Math.round(done / ((now - begunAt) / 1000))} a second\n`);
  };
}
