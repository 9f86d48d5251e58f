/** Writes what a refresh came to: the new pair with the account's facts, or the failure. Called by refresh-account.ts.
 *  Each is one transaction and holds only while the account still has the tokens that were sent: a disconnect or a new
 *  consent in between wins, and nothing is written over it. */
import type { AccountForUse } from '../accounts/account-facts.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { Database } from '../database/database.js';
import {
  isOpenIntent,
  isWrittenBy,
  type RefreshIntent,
  type RefreshIntentStore,
} from '../vault/refresh-intent-store.js';
import type { TokenStore } from '../vault/token-store.js';
import type { Reported, Stored } from './outcome.js';

export interface OutcomeWriter {
  /** The new version; null when the tokens that were sent are no longer the account's. May be called again after a failure:
   *  where the first call's COMMIT was only not heard of, its version is the answer. */
  store(sent: Sent, outcome: Stored): Promise<number | null>;
  /** False when the tokens that were sent are no longer the account's: then it is not the account's failure. Nothing was
   *  sent where `intent` is null. */
  report(sent: Pick<Sent, 'account' | 'tokens'> & { intent: RefreshIntent | null }, end: ReportedEnd): Promise<boolean>;
  /** Ends a try of which nothing is known. */
  leaveOpen(intent: RefreshIntent): Promise<void>;
  /** Ends a try of which nothing was sent: what is known of the one before it stays so. `tokens` are those that it was noted
   *  on. */
  takeBack(sent: Sent): Promise<void>;
}

export interface Sent extends AccountForUse {
  /** The try that sent them. */
  readonly intent: RefreshIntent;
}

type ReportedEnd = Pick<Reported, 'failure' | 'end'>;

export interface OutcomeWriterParts {
  readonly database: Database;
  readonly accounts: Pick<AccountStore, 'recordRefreshed' | 'recordRefreshFailure'>;
  readonly tokens: Pick<TokenStore, 'seal' | 'replace' | 'hold' | 'read'>;
  readonly intents: Pick<RefreshIntentStore, 'end'>;
}

export function createOutcomeWriter({ database, accounts, tokens, intents }: OutcomeWriterParts): OutcomeWriter {
  return {
    async store({ account, tokens: row, intent }, { pair, facts }) {
      // Sealed anew each time: while an answer is held, the sealing key may change.
      const sealed = await tokens.seal({ accountId: account.id, userId: account.userId }, pair);
      const version = await database.write(async (transaction) => {
        const moved = await tokens.replace(transaction, sealed, row.version, intent.attempt);
        if (moved !== null) await accounts.recordRefreshed(transaction, { accountId: account.id, ...facts });
        return moved;
      });
      return version ?? findWritten(intent);
    },

    report: ({ account, tokens: row, intent }, { failure, end }) =>
      database.write(async (transaction) => {
        const isOurs = intent !== null && (await intents.end(transaction, intent, end));
        // Another may have taken over a try that lasted too long; the failure is the account's all the same.
        if (!isOurs && !(await tokens.hold(transaction, account.id, row.version))) return false;
        await accounts.recordRefreshFailure(transaction, { accountId: account.id, ...failure });
        return true;
      }),

    async leaveOpen(intent) {
      await database.write((transaction) => intents.end(transaction, intent, 'OPEN'));
    },

    async takeBack({ tokens: row, intent }) {
      const how = isOpenIntent(row) ? 'OPEN' : 'SETTLED';
      await database.write((transaction) => intents.end(transaction, intent, how));
    },
  };

  async function findWritten(intent: RefreshIntent): Promise<number | null> {
    const row = await tokens.read(intent.accountId);
    return row && isWrittenBy(intent, row) ? row.version : null;
  }
}
