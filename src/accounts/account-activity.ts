/** Writes when accounts were used, and when their users were last here. Called by account-store. */
import type { Transaction } from '../database/database.js';
import type { Resumption } from './account-facts.js';
import { ConnectedAccountRow } from './connected-account.entity.js';
import type { NotedUse } from './use-recorder.js';

export async function writeUses(transaction: Transaction, uses: ReadonlyMap<string, NotedUse>): Promise<void> {
  for (const [id, { at, resumption }] of uses) {
    await transaction.update(ConnectedAccountRow, { id }, { lastUsedAt: at, lastActiveAt: at });
    if (resumption) await writeMoment(transaction, id, resumption);
  }
}

export async function writeActivity(transaction: Transaction, activity: ReadonlyMap<string, NotedUse>): Promise<void> {
  for (const [id, { at, resumption }] of activity) {
    await transaction.update(ConnectedAccountRow, { id }, { lastActiveAt: at });
    if (resumption) await writeMoment(transaction, id, resumption);
  }
}

async function writeMoment(transaction: Transaction, id: string, resumption: Resumption): Promise<void> {
  const { tokensIssuedAt, nextRefreshAt } = resumption;
  const pair = tokensIssuedAt === null ? {} : { tokensIssuedAt };
  await transaction.update(ConnectedAccountRow, { id, ...pair, status: 'ACTIVE' }, { nextRefreshAt });
}
