/** Opens the audit for a command that reads it: the database and nothing else. Called by export-audit.ts and verify-audit.ts.
 *  Must never: take an empty database for the vault that was meant. "Nothing was changed" would be true of it. */
import { createChainStore, type ChainHead, type ChainStore } from '../audit/chain-store.js';
import type { Clock } from '../clock.js';
import { readDatabasePlace } from '../config/read-config.js';
import type { SettingSource } from '../config/secret-setting.js';
import { StartFault } from '../config/start-fault.js';
import type { Database } from '../database/database.js';
import { openDatabase } from '../database/open-database.js';
import { entities, migrations } from '../entities.js';
import { createLogger } from '../observe/logger.js';
import { assertVaultIsInUse } from '../vault/keyring-check.js';
import { valueOrFaults } from './report-faults.js';

export interface AuditCommandParts {
  readonly sources: SettingSource;
  readonly clock: Clock;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Calls the listener when the operator wants the command to end. */
  readonly onInterrupt?: (listener: () => void) => void;
}

export interface OpenAudit {
  readonly database: Database;
  readonly chains: ChainStore;
  readonly head: ChainHead;
}

/** Throws StartFault where there is no vault, or nothing of its audit was chained yet; closes the database at the end. */
export async function withAudit<T>(
  { sources, writeError }: Pick<AuditCommandParts, 'sources' | 'writeError'>,
  work: (audit: OpenAudit) => Promise<T>,
): Promise<T> {
  const config = valueOrFaults(readDatabasePlace(sources));
  const log = createLogger({ level: 'warn', destination: { write: writeError } });
  const database = await openDatabase({ config, entities, migrations, log });
  try {
    await assertVaultIsInUse(database);
    const chains = createChainStore({ database });
    const head = await chains.head();
    if (!head) throw new StartFault('Nothing of the audit is chained yet; a gateway does that within seconds.');
    return await work({ database, chains, head });
  } finally {
    await database.close();
  }
}
