/** Deletes what this room keeps beyond its time: attempts that are over, codes that nobody fetched, outcomes that nobody
 *  may repeat any more, disconnections that are done and old. Called by a job. */
import type { CompletionStore } from './completion-store.js';
import type { DisconnectionStore } from './disconnection-store.js';
import type { PendingStore } from './pending-store.js';

export interface PurgeCounts {
  readonly pending: number;
  readonly completed: number;
  readonly disconnections: number;
}

export type PurgeExpired = () => Promise<PurgeCounts>;

export interface PurgeExpiredParts {
  readonly pending: PendingStore;
  readonly completions: CompletionStore;
  readonly disconnections: DisconnectionStore;
}

export function createPurgeExpired({ pending, completions, disconnections }: PurgeExpiredParts): PurgeExpired {
  return async () => ({
    pending: await pending.purge(),
    completed: await completions.purge(),
    disconnections: await disconnections.purge(),
  });
}
