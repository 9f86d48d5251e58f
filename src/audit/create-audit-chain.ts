/** Joins the parts that chain the audit, sign it and let old rows go. Called by app.ts. */
import type { Clock } from '../clock.js';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { Logger } from '../observe/logger.js';
import type { Outbound } from '../outbound/outbound.js';
import { createChainStore, type Unchained } from './chain-store.js';
import { checkpointFileIn } from './checkpoint-file.js';
import { createKeepAudit, type KeepAudit } from './keep-audit.js';
import { createRetentionStore } from './retention-store.js';
import { createWriteCheckpoint, type Signer } from './write-checkpoint.js';

export interface AuditChain {
  readonly keepAudit: KeepAudit;
  /** For metrics. */
  unchained(): Promise<Unchained>;
}

export interface AuditChainParts {
  readonly config: Pick<Config, 'audit' | 'dataFolder'>;
  readonly database: Database;
  readonly signer: Signer;
  readonly outbound: Pick<Outbound, 'send'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createAuditChain({ config, database, signer, outbound, clock, log }: AuditChainParts): AuditChain {
  const chains = createChainStore({ database });
  const file = checkpointFileIn(config.dataFolder);
  const { checkpointAddress: address, checkpointMinutes, retentionDays: keptDays } = config.audit;
  const keepAudit = createKeepAudit({
    chains,
    retention: createRetentionStore({ database }),
    writeCheckpoint: createWriteCheckpoint({ signer, file, address, outbound, clock, log }),
    clock,
    checkpointEveryMs: checkpointMinutes * 60_000,
    keptDays,
  });
  return { keepAudit, unchained: () => chains.countUnchained() };
}
