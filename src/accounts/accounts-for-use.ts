/** A user's accounts with their sealed tokens, in one statement. Called by account-store. At one provider it is the one
 *  statement of the warm path: written out, since every `me` and every proxied call waits for it; $1, $2 and $3 are
 *  parameters on both databases, which keep the statement prepared. */
import type { Database, RawRow } from '../database/database.js';
import { GivenRows, givenTable } from '../database/given-rows.js';
import { rowColumns } from '../database/row-columns.js';
import { createTogether } from '../database/together.js';
import { TokenSetRow } from '../vault/token-set.entity.js';
import type { AccountForUse, AccountKey, AccountsAtProvider } from './account-facts.js';
import { toAccount } from './account-row.js';
import { ConnectedAccountRow } from './connected-account.entity.js';

const maxAccounts = 20;
const maxAccountsOfUser = 100;

export type FindForUse = (
  key: AccountsAtProvider & { readonly accountId: string | null },
) => Promise<readonly AccountForUse[]>;

export type FindAllForUse = (key: {
  readonly userId: string;
  readonly providerId: string | null;
}) => Promise<AccountForUse[]>;

type Reading = Pick<Database, 'reader' | 'select'>;

export function createFindForUse(database: Reading): FindForUse {
  const { select, read } = prepare(database);
  const all = select('account.provider_id = $2', maxAccounts);
  const one = select('account.provider_id = $2 AND account.id = $3', maxAccounts);

  return async ({ userId, providerId, accountId }) => {
    const found = await (accountId === null
      ? database.select(all, [userId, providerId])
      : database.select(one, [userId, providerId, accountId]));
    return found.map(read);
  };
}

export function createFindAllForUse(database: Reading): FindAllForUse {
  const { select, read } = prepare(database);
  const everywhere = select('TRUE', maxAccountsOfUser);
  const there = select('account.provider_id = $2', maxAccountsOfUser);

  return async ({ userId, providerId }) => {
    const found = await (providerId === null
      ? database.select(everywhere, [userId])
      : database.select(there, [userId, providerId]));
    return found.map(read);
  };
}

/** One account, whose read is shared with those that are asked for at the same time: for what wakes many at once. */
export type FindDueForUse = (key: AccountKey & { readonly providerId: string }) => Promise<AccountForUse | null>;

export function createFindDueForUse(database: Reading): FindDueForUse {
  const { list, read } = prepare(database);
  const given = givenTable(database.reader, { account: 'text' });
  const text = `SELECT ${list} FROM ${given} AS given JOIN connected_account account ON account.id = given.account
     JOIN token_set tokens ON tokens.account_id = given.account`;
  const together = createTogether<string, AccountForUse | null>({
    most: MOST_TOGETHER,
    async run(accountIds) {
      const rows = new GivenRows(accountIds.map((account) => ({ account })));
      const found = new Map((await database.select(text, [rows])).map(read).map((one) => [one.account.id, one]));
      return accountIds.map((accountId) => found.get(accountId) ?? null);
    },
  });

  return async ({ userId, providerId, accountId }) => {
    const found = await together.add(accountId);
    return found?.account.userId === userId && found.account.providerId === providerId ? found : null;
  };
}

const MOST_TOGETHER = 64;

interface PreparedReading {
  /** What is selected of `account` and `tokens`. */
  readonly list: string;
  select(condition: string, limit: number): string;
  read(raw: RawRow): AccountForUse;
}

function prepare({ reader }: Pick<Database, 'reader'>): PreparedReading {
  const account = rowColumns(reader, ConnectedAccountRow, 'account');
  const tokens = rowColumns(reader, TokenSetRow, 'tokens');
  const list = `${account.list}, ${tokens.list}`;
  return {
    list,
    select: (condition, limit) =>
      `SELECT ${list}
         FROM connected_account account JOIN token_set tokens ON tokens.account_id = account.id
        WHERE account.user_id = $1 AND ${condition}
        ORDER BY account.connected_at, account.id LIMIT ${limit}`,
    read: (raw) => ({ account: toAccount(account.read(raw)), tokens: tokens.read(raw) }),
  };
}
