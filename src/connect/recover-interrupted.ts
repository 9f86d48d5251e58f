/** Ends what a dead process left half done. Called once by app.ts before it serves, where no other process can be at it:
 *  SQLite has one gateway. On several instances the deadline of each exchange tells instead. */
import type { Logger } from '../observe/logger.js';
import type { CompletionStore } from './completion-store.js';

export type RecoverInterrupted = () => Promise<void>;

export interface RecoverInterruptedParts {
  readonly completions: Pick<CompletionStore, 'interruptAll'>;
  readonly log: Logger;
}

export function createRecoverInterrupted({ completions, log }: RecoverInterruptedParts): RecoverInterrupted {
  return async () => {
    const count = await completions.interruptAll();
    if (count > 0) log.warn({ event: 'authorizations.interrupted', count });
  };
}
