/** Writes what a refresh came to: the new pair with the account's facts, or the failure. Called by refresh-account.ts.
 *  Each is one transaction and holds only while the account still has the tokens that were sent: a disconnect or a new
 *  consent in between wins, and nothing is written over it. */
import type { AccountForUse } from '../accounts/account-facts.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { Database } from '../database/database.js';
import type { TokenStore } from '../vault/token-store.js';
import type { Reported, Stored } from './outcome.js';

export interface OutcomeWriter {
  /** The new version; null when the tokens that were sent are no longer the account's. */
  store(sent: AccountForUse, outcome: Stored): Promise<number | null>;
  /** False when the tokens that were sent are no longer the account's: then it is not the account's failure. */
  report(sent: AccountForUse, failure: Reported['failure']): Promise<boolean>;
}

export interface OutcomeWriterParts {
  readonly database: Database;
  readonly accounts: Pick<AccountStore, 'recordRefreshed' | 'recordRefreshFailure'>;
  readonly tokens: Pick<TokenStore, 'seal' | 'replace' | 'hold'>;
}

export function createOutcomeWriter({ database, accounts, tokens }: OutcomeWriterParts): OutcomeWriter {
  return {
    async store({ account, tokens: row }, { pair, facts }) {
      const sealed = await tokens.seal({ accountId: account.id, userId: account.userId }, pair);
      return database.write(async (transaction) => {
        const version = await tokens.replace(transaction, sealed, row.version);
        if (version !== null) await accounts.recordRefreshed(transaction, { accountId: account.id, ...facts });
        return version;
      });
    },

    report: ({ account, tokens: row }, failure) =>
      database.write(async (transaction) => {
        if (!(await tokens.hold(transaction, account.id, row.version))) return false;
        await accounts.recordRefreshFailure(transaction, { accountId: account.id, ...failure });
        return true;
      }),
  };
}
