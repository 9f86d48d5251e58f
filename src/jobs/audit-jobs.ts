/** The recurring jobs of the audit: the chain with its checkpoints, and the end of old rows. Made by app.ts for createJobs. */
import type { Unchained } from '../audit/chain-store.js';
import { createAuditChain, type AuditChainParts } from '../audit/create-audit-chain.js';
import type { Metrics } from '../observe/measures.js';
import { createCheckpointSigner } from '../vault/checkpoint-key.js';
import type { Keyring } from '../vault/keyring.js';
import type { JobDefinition } from './job-definition.js';

export interface AuditJobs {
  readonly list: readonly JobDefinition[];
  /** For metrics. */
  unchained(): Promise<Unchained>;
}

export interface AuditJobsParts extends Omit<AuditChainParts, 'signer'> {
  readonly keyring: Pick<Keyring, 'deriveLastingKey'>;
  readonly metrics: Pick<Metrics, 'rowsPurged'>;
}

export async function createAuditJobs({ keyring, metrics, ...parts }: AuditJobsParts): Promise<AuditJobs> {
  const signer = await createCheckpointSigner(keyring);
  const { keepAudit, unchained } = createAuditChain({ ...parts, signer });
  const list: JobDefinition[] = [
    { name: 'chain-audit', every: '10 seconds', lockLifetimeMs: 60_000, run: () => keepAudit.chain() },
    {
      name: 'purge-audit',
      every: '1 hour',
      lockLifetimeMs: 10 * 60_000,
      async run() {
        const count = await keepAudit.purge();
        metrics.rowsPurged({ kind: 'audit', count });
        if (count > 0) parts.log.info({ event: 'audit.purged', count });
      },
    },
  ];
  return { list, unchained };
}
