/** Notes when an account was last used, without a cost to the use itself. Called by account-store.
 *  A use within a minute of one already noted is dropped, so that an account costs one write a minute however often it is
 *  read; uses that wait for the writer go out together. A use that cannot be written is reported and forgotten: it must
 *  never fail, or delay, the call it belongs to. */
import type { Clock } from '../clock.js';

export interface UseRecorder {
  record(accountId: string): void;
  /** Resolves when every use recorded so far is written or reported. */
  flush(): Promise<void>;
}

export interface UseRecorderParts {
  readonly clock: Clock;
  /** Writes the uses, each an account and its time, in one transaction. */
  readonly write: (uses: ReadonlyMap<string, number>) => Promise<void>;
  readonly report: (error: unknown) => void;
}

const intervalMs = 60_000;
const maxRemembered = 10_000;

export function createUseRecorder({ clock, write, report }: UseRecorderParts): UseRecorder {
  const noted = new Map<string, number>(); // oldest first
  let waiting = new Map<string, number>();
  let writing: Promise<void> | null = null;

  return {
    record(accountId) {
      const now = clock.now();
      const before = noted.get(accountId);
      if (before !== undefined && now - before < intervalMs) return;
      remember(accountId, now);
      waiting.set(accountId, now);
      writing ??= writeAll().finally(() => (writing = null));
    },
    async flush() {
      await writing;
    },
  };

  function remember(accountId: string, now: number): void {
    noted.delete(accountId); // to the end of the order
    noted.set(accountId, now);
    const [oldest] = noted.keys();
    if (noted.size > maxRemembered && oldest !== undefined) noted.delete(oldest); // costs one more write at most
  }

  async function writeAll(): Promise<void> {
    while (waiting.size > 0) {
      const uses = waiting;
      waiting = new Map();
      try {
        await write(uses);
      } catch (error) {
        for (const accountId of uses.keys()) noted.delete(accountId); // the next use tries again
        report(error);
      }
    }
  }
}
