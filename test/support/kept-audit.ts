/** An audit with its chain on a test's database, as app.ts joins them, and what a check of it says. */
import { readFile } from 'node:fs/promises';
import { createAudit, type Audit } from '../../src/audit/audit.js';
import type { AuditedAct } from '../../src/audit/audit-event.js';
import { readChain } from '../../src/audit/chain-reader.js';
import { createChainStore, type ChainStore } from '../../src/audit/chain-store.js';
import { checkpointFileIn } from '../../src/audit/checkpoint-file.js';
import { readPayload, type Checkpoint } from '../../src/audit/checkpoint.js';
import { createKeepAudit, type KeepAudit, type KeepAuditParts } from '../../src/audit/keep-audit.js';
import { createRetentionStore } from '../../src/audit/retention-store.js';
import { verifyChain, type ChainReport } from '../../src/audit/verify-chain.js';
import { createWriteCheckpoint } from '../../src/audit/write-checkpoint.js';
import type { Database } from '../../src/database/database.js';
import {
  createCheckpointCheck,
  createCheckpointSigner,
  type CheckpointSigner,
} from '../../src/vault/checkpoint-key.js';
import { collectLog, type LogLines } from './log-lines.js';
import type { TestDatabase } from './test-database.js';
import { createTestVault, type TestVault } from './test-keyring.js';

export interface KeptAudit {
  readonly audit: Audit;
  readonly chains: ChainStore;
  readonly signer: CheckpointSigner;
  readonly log: LogLines;
  /** As an instance of its own has it; without a database, the one that the test opened. */
  keeper(changes?: Partial<KeepAuditParts>, database?: Database): KeepAudit;
  /** Does acts for these users, one after another, a second apart. */
  act(...subjects: readonly string[]): Promise<void>;
  /** Of the file in the data folder, signatures checked. */
  checkpoints(): Promise<Checkpoint[]>;
  /** As `latchkey audit verify` does it; without checkpoints, those of the file. */
  verify(checkpoints?: readonly Checkpoint[]): Promise<ChainReport>;
}

export async function keepTestAudit(
  open: TestDatabase,
  { keyring }: TestVault = createTestVault(),
): Promise<KeptAudit> {
  const { database, clock, folder } = open;
  const signer = await createCheckpointSigner(keyring);
  const check = createCheckpointCheck([signer.publicKey]);
  const log = collectLog();
  const audit = createAudit({ database, clock, log: log.log });
  const chains = createChainStore({ database });
  const file = checkpointFileIn(folder);
  const outbound = { send: () => Promise.reject(new Error('Nothing is posted here.')) };

  async function checkpoints(): Promise<Checkpoint[]> {
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    return Promise.all(
      lines.map(async (line) => {
        const checkpoint = readPayload((await check(line)) ?? '');
        if (!checkpoint) throw new Error(`No checkpoint: ${line}`);
        return checkpoint;
      }),
    );
  }

  return {
    audit,
    chains,
    signer,
    log,
    keeper: (changes = {}, own = database) =>
      createKeepAudit({
        chains: createChainStore({ database: own }),
        retention: createRetentionStore({ database: own }),
        writeCheckpoint: createWriteCheckpoint({ signer, file, address: null, outbound, clock, log: log.log }),
        clock,
        checkpointEveryMs: 600_000,
        keptDays: 0,
        ...changes,
      }),
    async act(...subjects) {
      for (const subjectId of subjects) {
        await audit.around({ ...actOnBehalf, subjectId }, async (trace) => {
          trace.accountId = `acc_${subjectId}`;
          clock.advance(500);
        });
        clock.advance(500);
      }
    },
    checkpoints,
    async verify(given) {
      const head = await chains.head();
      if (!head) throw new Error('Nothing was chained.');
      const start = { chain: head.chain, sequence: head.cutSequence, hash: head.cutHash };
      return verifyChain(readChain(database, head.cutSequence), {
        start,
        end: head,
        checkpoints: given ?? (await checkpoints()),
      });
    },
  };
}

export const actOnBehalf: Omit<AuditedAct, 'subjectId'> = {
  action: 'account.read',
  actorId: 'root',
  accountId: null,
  reason: 'Ticket 7',
  requestId: 'req-1',
};
