/** Reads accounts by when they are due, whoever they belong to, and keeps the ids of their jobs. Called by refresh/sweep.ts
 *  and jobs. Nothing here goes to a user. */
import type { Database, RawRow } from '../database/database.js';
import { ConnectedAccountRow } from './connected-account.entity.js';

export interface DueAccount {
  readonly accountId: string;
  readonly userId: string;
  readonly providerId: string;
  readonly nextRefreshAt: number | null;
  readonly jobId: string | null;
}

export interface DuePlace {
  readonly nextRefreshAt: number;
  readonly accountId: string;
}

export interface DueAccounts {
  /** Those that are due until then, the earliest first, from the place of one that was read before; a page at most. One
   *  search in the index connected_account_due, however many accounts there are. */
  page(request: { readonly until: number; readonly after: DuePlace | null }): Promise<(DueAccount & DuePlace)[]>;
  find(accountIds: readonly string[]): Promise<DueAccount[]>;
  /** Gives an account its job's id, unless it has one by now. Resolves to the one that stands; null without an account. */
  allotJob(accountId: string, jobId: string): Promise<string | null>;
}

const DUE_PAGE = 500;

export function createDueAccounts(database: Pick<Database, 'reader' | 'select' | 'write'>): DueAccounts {
  return {
    async page({ until, after }) {
      const { nextRefreshAt, accountId } = after ?? { nextRefreshAt: 0, accountId: '' };
      const rows = await database.select(dueStatement, [String(until), String(nextRefreshAt), accountId]);
      return rows.map(toDue);
    },

    async find(accountIds) {
      if (accountIds.length === 0) return [];
      const rows = await database.reader
        .createQueryBuilder(ConnectedAccountRow, 'account')
        .select(['account.id', 'account.userId', 'account.providerId', 'account.nextRefreshAt', 'account.jobId'])
        .where('account.id IN (:...accountIds)', { accountIds })
        .getMany();
      return rows.map(({ id: accountId, userId, providerId, nextRefreshAt, jobId }) => {
        return { accountId, userId, providerId, nextRefreshAt, jobId };
      });
    },

    allotJob: (accountId, jobId) =>
      database.write(async (transaction) => {
        await transaction
          .createQueryBuilder()
          .update(ConnectedAccountRow)
          .set({ jobId })
          .where('id = :accountId AND job_id IS NULL', { accountId })
          .execute();
        const row = await transaction.findOne(ConnectedAccountRow, {
          select: { id: true, jobId: true },
          where: { id: accountId },
        });
        return row?.jobId ?? null;
      }),
  };
}

/** For the test that has both databases explain it. */
export const dueStatement = `SELECT id, user_id, provider_id, next_refresh_at, job_id
    FROM connected_account
   WHERE next_refresh_at <= $1 AND (next_refresh_at, id) > ($2, $3)
   ORDER BY next_refresh_at, id LIMIT ${DUE_PAGE}`;

function toDue(row: RawRow): DueAccount & DuePlace {
  return {
    accountId: text(row['id']),
    userId: text(row['user_id']),
    providerId: text(row['provider_id']),
    nextRefreshAt: Number(row['next_refresh_at']),
    jobId: row['job_id'] === null ? null : text(row['job_id']),
  };
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('A text of connected_account came as something else.');
  return value;
}
