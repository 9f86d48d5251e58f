/** Chains what was written to the audit, signs how far that has come, and lets old rows go. Called by two recurring jobs. One
 *  instance at a time does it, by a lease in the database; where it dies, another goes on where it was. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import { LeaseLost, type ChainStore } from './chain-store.js';
import type { RetentionStore } from './retention-store.js';
import type { WriteCheckpoint } from './write-checkpoint.js';

export interface KeepAudit {
  /** Gives every row that is committed its place, and signs a checkpoint where one is due. */
  chain(): Promise<void>;
  /** Deletes rows whose time is over and gives how many that were; none where all are kept. */
  purge(): Promise<number>;
}

export interface KeepAuditParts {
  readonly chains: ChainStore;
  readonly retention: RetentionStore;
  readonly writeCheckpoint: WriteCheckpoint;
  readonly clock: Clock;
  /** Between two checkpoints, while something happens. */
  readonly checkpointEveryMs: number;
  /** 0 keeps all. */
  readonly keptDays: number;
}

/** Longer runs leave the rest to the next one. */
const CHAIN_FOR_MS = 20_000;
/** How long a purge waits for the end of a run that chains. */
const LEASE_TRIES = 30;
const DAY_MS = 86_400_000;

export function createKeepAudit(parts: KeepAuditParts): KeepAudit {
  const { chains, retention, writeCheckpoint, clock, checkpointEveryMs, keptDays } = parts;

  return {
    async chain() {
      if (!(await chains.hasUnchained()) && !(await isCheckpointDue())) return;
      await underLease(async (holder) => {
        const until = clock.monotonic() + CHAIN_FOR_MS;
        while ((await chains.chainSome(holder)) > 0 && clock.monotonic() < until);
        if (await isCheckpointDue()) await signHead(holder);
      });
    },

    async purge() {
      if (keptDays === 0) return 0;
      let purged = 0;
      await underLease(
        async () => {
          const head = await chains.head();
          const cut = await retention.findCut(clock.now() - keptDays * DAY_MS);
          if (head && cut) {
            await writeCheckpoint({ chain: head.chain, ...cut });
            await retention.cut(cut);
          }
          purged = await retention.deleteCut();
        },
        { tries: LEASE_TRIES },
      );
      return purged;
    },
  };

  async function isCheckpointDue(): Promise<boolean> {
    const head = await chains.head();
    if (!head || head.sequence <= head.signedSequence) return false;
    return (await chains.signedAgoMs()) >= checkpointEveryMs;
  }

  async function signHead(holder: string): Promise<void> {
    const head = await chains.head();
    if (!head) return;
    await writeCheckpoint({ chain: head.chain, sequence: head.sequence, hash: head.hash });
    await chains.noteSigned(holder, head.sequence);
  }

  /** Does nothing where another instance is at it. */
  async function underLease(work: (holder: string) => Promise<void>, { tries } = { tries: 1 }): Promise<void> {
    const holder = randomUUID();
    for (let left = tries; !(await chains.lease(holder));) {
      left -= 1;
      if (left <= 0) return;
      await clock.sleep(1_000);
    }
    try {
      await work(holder);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
    } finally {
      await chains.release(holder);
    }
  }
}
