/** Writes when accounts were used, when their users were last here, and what that makes of the next refresh. Called by account-store. */
import type { Transaction } from '../database/database.js';
import type { Resumption } from './account-facts.js';
import type { ConnectedAccount } from './connected-account.js';
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

export async function writePlan(
  transaction: Transaction,
  seen: ConnectedAccount,
  nextRefreshAt: number | null,
): Promise<void> {
  const { id, tokensIssuedAt, lastActiveAt } = seen;
  const known = Object.entries({ tokensIssuedAt, lastActiveAt, nextRefreshAt: seen.nextRefreshAt });
  const unchanged = Object.fromEntries(known.filter(([, value]) => value !== null));
  await transaction.update(ConnectedAccountRow, { id, ...unchanged }, { nextRefreshAt });
}

async function writeMoment(transaction: Transaction, id: string, resumption: Resumption): Promise<void> {
  const { tokensIssuedAt, nextRefreshAt } = resumption;
  const pair = tokensIssuedAt === null ? {} : { tokensIssuedAt };
  await transaction.update(ConnectedAccountRow, { id, ...pair, status: 'ACTIVE' }, { nextRefreshAt });
}
