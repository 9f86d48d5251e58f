/** The part of the table of settings that is about what people see of their accounts: history and events. Read by
 *  settings.ts, which holds the whole table. */
import * as read from './setting-readers.js';

export const eventSettings = {
  LATCHKEY_LIMIT_STREAMS: {
    group: 'Limits',
    what: 'Event streams (subscriptions) that are open at the same time; each holds one connection. `0` for no limit.',
    read: read.wholeNumber({ from: 0, to: 100_000 }),
    fallback: '2000',
    example: '10000',
  },
  LATCHKEY_LIMIT_USER_STREAMS: {
    group: 'Limits',
    what: 'Event streams of one user that are open at the same time. `0` for no limit.',
    read: read.wholeNumber({ from: 0, to: 10_000 }),
    fallback: '20',
    example: '5',
  },
  LATCHKEY_REFRESH_HISTORY_DAYS: {
    group: 'History and events',
    what: 'How long it is kept what became of each refresh (`ConnectedAccount.refreshHistory`), in days. Disconnecting an account deletes it at once.',
    read: read.wholeNumber({ from: 1, to: 3650 }),
    fallback: '90',
    example: '30',
  },
  LATCHKEY_EVENT_DAYS: {
    group: 'History and events',
    what: 'How long events of accounts are kept after they were told, in days.',
    read: read.wholeNumber({ from: 1, to: 3650 }),
    fallback: '30',
    example: '90',
  },
  LATCHKEY_EXPIRY_NOTICE_DAYS: {
    group: 'History and events',
    what: 'How many days before a refresh token dies that no refresh will save the event EXPIRING tells of it. `0` for never.',
    read: read.wholeNumber({ from: 0, to: 365 }),
    fallback: '7',
    example: '14',
  },
  LATCHKEY_WEBHOOK_URL: {
    group: 'History and events',
    what: 'Where what happens to accounts is posted, signed ([docs/events.md](events.md)). https at a public address; in development also this machine. No name or password in it: the signature says who we are.',
    read: read.webUrl,
    otherwise: 'nothing is posted',
    example: 'https://app.example/webhooks/latchkey',
  },
  LATCHKEY_WEBHOOK_SECRET: {
    group: 'History and events',
    what: 'The key of the signatures (Standard Webhooks): `whsec_` and base64 of 24 to 64 random bytes, such as `echo "whsec_$(openssl rand -base64 32)"` makes. A URL needs one.',
    isAlsoFile: true,
    otherwise: 'required with `LATCHKEY_WEBHOOK_URL`',
    example: '/run/secrets/webhook-secret',
  },
  LATCHKEY_WEBHOOK_SECRET_PREVIOUS: {
    group: 'History and events',
    what: 'The key before it, while one is exchanged for the other: both sign, and a receiver takes either.',
    isAlsoFile: true,
    otherwise: 'one signature alone',
    example: '/run/secrets/webhook-secret-previous',
  },
  LATCHKEY_WEBHOOK_EVENTS: {
    group: 'History and events',
    what: 'Of which events the webhook is told: `CONNECTED`, `REFRESHED`, `NEEDS_REAUTHORIZATION`, `RECOVERED`, `EXPIRING`, `DISCONNECTED`. `REFRESHED` is one for each refresh of each account. A list.',
    read: read.listOf(
      read.choice(['CONNECTED', 'REFRESHED', 'NEEDS_REAUTHORIZATION', 'RECOVERED', 'EXPIRING', 'DISCONNECTED']),
    ),
    fallback: 'CONNECTED, NEEDS_REAUTHORIZATION, RECOVERED, EXPIRING, DISCONNECTED',
    example: 'NEEDS_REAUTHORIZATION,RECOVERED',
  },
} as const;
