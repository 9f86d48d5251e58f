/** The part of the table of settings that is about the audit. Read by settings.ts, which holds the whole table. */
import * as read from './setting-readers.js';

export const auditSettings = {
  LATCHKEY_AUDIT_RETENTION_DAYS: {
    group: 'Audit',
    what: 'How long rows of the audit are kept, in days; `0` keeps them all. The chain of those that stay can still be checked ([docs/audit.md](audit.md)).',
    read: read.wholeNumber({ from: 0, to: 36_500 }),
    fallback: '0',
    example: '730',
  },
  LATCHKEY_AUDIT_CHECKPOINT_MINUTES: {
    group: 'Audit',
    what: 'How often the chain of the audit is signed while something happens, in minutes. What was cut off since the last checkpoint cannot be told.',
    read: read.wholeNumber({ from: 1, to: 1440 }),
    fallback: '10',
    example: '60',
  },
  LATCHKEY_AUDIT_CHECKPOINT_URL: {
    group: 'Audit',
    what: 'Where each checkpoint is posted too, as a compact JWS (`application/jose`): a place that only takes and never changes. https at a public address; in development also this machine.',
    read: read.webUrl,
    otherwise: 'posted nowhere; checkpoints stand in the data folder and in the log',
    example: 'https://ledger.example/latchkey',
  },
} as const;
