/** What the webhook is told of an event, as text: the same bytes at every try. Pure; called by post-event.ts.
 *  Must never: hold more than codes, ids and times. Standard Webhooks, "Payload structure". */
import type { AccountEvent, AccountEventType } from './account-event.js';

export function webhookBody({ type, at, accountId, userId, providerId, facts }: AccountEvent): string {
  const { code, by, endsAt } = facts;
  return JSON.stringify({
    type: webhookNames[type],
    timestamp: new Date(at).toISOString(),
    data: {
      accountId,
      userId,
      provider: providerId,
      ...(code === undefined ? {} : { code }),
      ...(by === undefined ? {} : { by }),
      ...(endsAt === undefined ? {} : { endsAt: new Date(endsAt).toISOString() }),
    },
  });
}

const webhookNames: Readonly<Record<AccountEventType, string>> = {
  CONNECTED: 'account.connected',
  REFRESHED: 'account.refreshed',
  NEEDS_REAUTHORIZATION: 'account.needs_reauthorization',
  RECOVERED: 'account.recovered',
  DISCONNECTED: 'account.disconnected',
  EXPIRING: 'account.expiring',
};
