/** Makes a check fit for /readyz, which anybody may ask: it answers in time, and however many ask, it runs once at a time.
 *  Called by app.ts for each part that the gateway cannot do without. */
import type { Clock } from '../clock.js';

export interface ReadinessOptions {
  readonly clock: Clock;
  /** What takes longer counts as not well; 2 s if left out. */
  readonly withinMs?: number;
}

/** The returned function never rejects, and answers at the latest after that time. */
export function inTime(
  check: () => Promise<boolean>,
  { clock, withinMs = 2_000 }: ReadinessOptions,
): () => Promise<boolean> {
  let running: Promise<boolean> | null = null;

  return async () => {
    // A check that hangs is not started again: the next who ask wait for the same one.
    running ??= settle(check).finally(() => (running = null));
    const answered = new AbortController();
    const late = clock.sleep(withinMs, answered.signal).then(
      () => false,
      () => false,
    );
    try {
      return await Promise.race([running, late]);
    } finally {
      answered.abort();
    }
  };
}

async function settle(check: () => Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch {
    return false;
  }
}
