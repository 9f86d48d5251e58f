/** The one statement of the warm path: a user's accounts at a provider with their sealed tokens. Called by account-store
 *  (findForUse). Written out, since every `me` and every proxied call waits for it; $1, $2 and $3 are parameters on both
 *  databases, which keep the statement prepared. */
import type { Database } from '../database/database.js';
import { rowColumns } from '../database/row-columns.js';
import { TokenSetRow } from '../vault/token-set.entity.js';
import type { AccountForUse, AccountsAtProvider } from './account-facts.js';
import { toAccount } from './account-row.js';
import { ConnectedAccountRow } from './connected-account.entity.js';

const maxAccounts = 20;

export type FindForUse = (
  key: AccountsAtProvider & { readonly accountId: string | null },
) => Promise<readonly AccountForUse[]>;

export function createFindForUse(database: Pick<Database, 'reader' | 'select'>): FindForUse {
  const account = rowColumns(database.reader, ConnectedAccountRow, 'account');
  const tokens = rowColumns(database.reader, TokenSetRow, 'tokens');
  const select = (further: string): string =>
    `SELECT ${account.list}, ${tokens.list}
       FROM connected_account account JOIN token_set tokens ON tokens.account_id = account.id
      WHERE account.user_id = $1 AND account.provider_id = $2${further}
      ORDER BY account.connected_at, account.id LIMIT ${maxAccounts}`;
  const all = select('');
  const one = select(' AND account.id = $3');

  return async ({ userId, providerId, accountId }) => {
    const found = await (accountId === null
      ? database.select(all, [userId, providerId])
      : database.select(one, [userId, providerId, accountId]));
    return found.map((raw) => ({ account: toAccount(account.read(raw)), tokens: tokens.read(raw) }));
  };
}
