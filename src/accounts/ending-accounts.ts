/** Finds the accounts whose refresh token comes to its end with nobody having been told, and notes that they were. Called by
 *  refresh/tell-endings.ts. An end that moves by less than a day is the same end: providers count from each answer. */
import type { Database, Transaction } from '../database/database.js';
import { toAccount } from './account-row.js';
import { ConnectedAccountRow } from './connected-account.entity.js';
import type { ConnectedAccount } from './connected-account.js';

export interface EndingAccounts {
  /** Those that can be used and end in the window, the earliest first, at most 200, after the one that is given. */
  find(window: EndingWindow): Promise<EndingAccount[]>;
  /** False, and changes nothing, where this end was told of, or has moved. */
  noteTold(transaction: Transaction, ending: Pick<EndingAccount, 'id' | 'endsAt'>): Promise<boolean>;
}

export interface EndingWindow {
  readonly from: number;
  readonly until: number;
  /** Providers whose refresh tokens end when they end, however often they are used. */
  readonly fixedProviders: readonly string[];
  readonly after: Pick<EndingAccount, 'id' | 'endsAt'> | null;
}

export interface EndingAccount extends ConnectedAccount {
  readonly endsAt: number;
}

const SAME_END_MS = 86_400_000;
const PAGE = 200;

const isUntold = `(expiry_told_for IS NULL OR abs(refresh_token_expires_at - expiry_told_for) > ${SAME_END_MS})`;
/** Whether a refresh that moves the end is planned before it. */
const isUnmoved =
  '(next_refresh_at IS NULL OR next_refresh_at >= refresh_token_expires_at OR provider_id IN (:...fixed))';

export function createEndingAccounts({ reader }: Pick<Database, 'reader'>): EndingAccounts {
  return {
    async find({ from, until, fixedProviders, after }) {
      const rows = await reader
        .createQueryBuilder(ConnectedAccountRow, 'account')
        .where('refresh_token_expires_at > :from AND refresh_token_expires_at <= :until', { from, until })
        .andWhere('(refresh_token_expires_at, id) > (:endsAt, :id)', after ?? { endsAt: from, id: '' })
        .andWhere("status = 'ACTIVE'")
        .andWhere(isUntold)
        .andWhere(isUnmoved, { fixed: ['', ...fixedProviders] })
        .orderBy({ 'account.refreshTokenExpiresAt': 'ASC', 'account.id': 'ASC' })
        .limit(PAGE)
        .getMany();
      return rows.map(toAccount).flatMap(withEnd);
    },

    async noteTold(transaction, { id, endsAt }) {
      const { affected } = await transaction
        .createQueryBuilder()
        .update(ConnectedAccountRow)
        .set({ expiryToldFor: endsAt })
        .where(`id = :id AND refresh_token_expires_at = :endsAt AND status = 'ACTIVE' AND ${isUntold}`, { id, endsAt })
        .execute();
      return affected === 1;
    },
  };
}

function withEnd(account: ConnectedAccount): EndingAccount[] {
  const { refreshTokenExpiresAt: endsAt } = account;
  return endsAt === null ? [] : [{ ...account, endsAt }];
}
