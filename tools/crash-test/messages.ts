/** What the crash test and its workers say to each other. */
import type { Leases } from '../../src/refresh/turns.js';
import type { LedgerMode } from './ledger.js';

/** Where a worker can be told to kill itself, in the order in which a refresh comes there. */
export const workerSteps = [
  'before-journal-begin',
  'after-journal-begin',
  'in-intent',
  'after-intent',
  'before-request',
  'after-answer-before-journal',
  'after-journal',
  'before-commit',
  'after-commit',
  'after-settle',
] as const;

export type WorkerStep = (typeof workerSteps)[number];

export interface WorkerPlan {
  /** DatabaseConfig, with the URL as text. */
  readonly database:
    { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string };
  readonly dataFolder: string;
  readonly keyring: string;
  readonly providerUrl: string;
  readonly replay: LedgerMode;
  readonly graceSeconds: number | null;
  readonly accountIds: readonly string[];
  /** Refreshes under way at once, of accounts that it chooses itself; 0 waits to be asked. */
  readonly concurrency: number;
  /** Those of turns.ts, where they are not to be waited for. */
  readonly leases?: Leases;
  readonly seed: number;
}

export type ToWorker =
  | { readonly ask: 'start'; readonly plan: WorkerPlan }
  /** Kill yourself when a refresh comes to the step for the `nth` time from now. */
  | { readonly ask: 'die-at'; readonly step: WorkerStep; readonly nth: number }
  /** Refresh every account once, all together. */
  | { readonly ask: 'renew-all' }
  /** Refresh each account until that is done or only its user can help; then end. */
  | { readonly ask: 'heal' };

export type FromWorker =
  | { readonly event: 'running' }
  /** An answer is on the disk; how long that took. */
  | { readonly event: 'kept'; readonly tookMs: number }
  | { readonly event: 'renewed' }
  | { readonly event: 'healed' }
  | { readonly event: 'fault'; readonly text: string };

export const providerId = 'ledger';
export const userId = 'anna';
