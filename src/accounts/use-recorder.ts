/** Notes when an account was last used, without a cost to the use itself. Called by account-store.
 *  A use within a minute of one already noted is dropped, so that an account costs one write a minute however often it is
 *  read; only one that takes up again what was paused is not, once. Uses that wait for the writer go out together. A use
 *  that cannot be written is reported and forgotten: it must never fail, or delay, the call it belongs to. */
import type { Clock } from '../clock.js';
import type { Resumption } from './account-facts.js';

export interface NotedUse {
  readonly at: number;
  readonly resumption: Resumption | null;
}

export interface UseRecorder {
  record(accountId: string, resumption?: Resumption | null): void;
  /** Resolves when every use recorded so far is written or reported. */
  flush(): Promise<void>;
}

export interface UseRecorderParts {
  readonly clock: Clock;
  /** Writes the uses, each an account and its time, in one transaction. */
  readonly write: (uses: ReadonlyMap<string, NotedUse>) => Promise<void>;
  readonly report: (error: unknown) => void;
}

const intervalMs = 60_000;
const maxRemembered = 10_000;

export function createUseRecorder({ clock, write, report }: UseRecorderParts): UseRecorder {
  const noted = new Map<string, NotedUse>(); // oldest first
  let waiting = new Map<string, NotedUse>();
  let writing: Promise<void> | null = null;

  return {
    record(accountId, resumption = null) {
      const now = clock.now();
      const before = noted.get(accountId);
      if (before && now - before.at < intervalMs && !isNews(resumption, before)) return;
      const use = { at: now, resumption };
      remember(accountId, use);
      waiting.set(accountId, use);
      writing ??= writeAll().finally(() => (writing = null));
    },
    async flush() {
      await writing;
    },
  };

  function remember(accountId: string, use: NotedUse): void {
    noted.delete(accountId); // to the end of the order
    noted.set(accountId, use);
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
        continue;
      }
      for (const { resumption } of uses.values()) resumption?.committed();
    }
  }
}

/** A moment that was not noted yet. */
function isNews(resumption: Resumption | null, before: NotedUse): boolean {
  return resumption !== null && resumption.nextRefreshAt !== before.resumption?.nextRefreshAt;
}
