/** Records what the app is to be told of an account, in the transaction of whoever changes it. Called by connect and
 *  refresh. What a rolled-back transaction recorded was never there.
 *  Must never: take a token or a provider's text into an event. */
import type { Clock } from '../clock.js';
import type { Transaction } from '../database/database.js';
import { newId } from '../database/new-id.js';
import { createOrderedTimes } from '../database/ordered-times.js';
import type { AccountChange, AccountEventType } from './account-event.js';
import type { Told } from './event-feed.js';
import { AccountEventRow } from './account-event.entity.js';

export interface AccountEvents {
  record(transaction: Transaction, change: AccountChange): Promise<void>;
}

export interface AccountEventsParts {
  readonly clock: Clock;
  /** Of which the webhook is told; empty where there is none. */
  readonly webhookTypes: ReadonlySet<AccountEventType>;
  /** Publishes it once the transaction is committed. */
  readonly note?: (transaction: Transaction, event: Told) => void;
}

export function createAccountEvents({ clock, webhookTypes, note }: AccountEventsParts): AccountEvents {
  const nextTime = createOrderedTimes(clock);

  return {
    async record(transaction, change) {
      const { type, accountId, userId, providerId, facts } = change;
      const event = { id: newId('ace', clock), at: nextTime(), type, accountId, userId, providerId, facts };
      note?.(transaction, { type, at: event.at, accountId, userId });
      const isSent = webhookTypes.has(type);
      // The history has every refresh: a row more for each would only be read by the webhook.
      if (type === 'REFRESHED' && !isSent) return;
      await transaction.insert(AccountEventRow, {
        ...event,
        delivery: isSent ? 'PENDING' : 'NONE',
        tries: 0,
        nextTryAt: isSent ? clock.now() : null,
        deliveredAt: null,
        lastFailure: null,
      });
    },
  };
}
