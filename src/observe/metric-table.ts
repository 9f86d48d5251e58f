/** The one table of our own metrics: names, what they tell, labels, buckets. Read by metrics.ts, which makes them, and by the
 *  test that compares it with docs/operations.md.
 *  Must never: hold a label whose values come from a caller or a provider (an id, a URL, a token, a text of theirs). */

export type LabelName =
  | 'cause'
  | 'field'
  | 'grant'
  | 'job'
  | 'kid'
  | 'kind'
  | 'method'
  | 'node'
  | 'outcome'
  | 'provider'
  | 'route'
  | 'row'
  | 'state'
  | 'status'
  | 'version';

interface MetricEntry {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly what: string;
  readonly labels: readonly LabelName[];
  /** Upper bounds of a histogram, in seconds. */
  readonly buckets?: readonly number[];
}

const answerSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
const lateSeconds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];
const databaseSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

export const metricTable = {
  latchkey_http_request_duration_seconds: {
    kind: 'histogram',
    what: 'Requests that were answered, by the pattern of their route; `none` where no route fits.',
    labels: ['route', 'method', 'status'],
    buckets: answerSeconds,
  },
  latchkey_graphql_fields_total: {
    kind: 'counter',
    what: 'Root fields that were answered (also with a problem as data), refused for what was asked, or failed; `none` for operations that were refused as a whole.',
    labels: ['field', 'outcome'],
  },
  latchkey_refresh_duration_seconds: {
    kind: 'histogram',
    what: 'Refreshes of an access token that were sent, with what became of them.',
    labels: ['provider', 'outcome'],
    buckets: answerSeconds,
  },
  latchkey_breaker_open: {
    kind: 'gauge',
    what: '1 while this process sends a provider nothing but one refresh at a time, to see whether it is well again; else 0.',
    labels: ['provider'],
  },
  latchkey_incidents_open: {
    kind: 'gauge',
    what: 'Incidents of providers that are open in the database, counted at most every 30 s.',
    labels: ['provider', 'cause'],
  },
  latchkey_refresh_budget_wait_seconds: {
    kind: 'histogram',
    what: 'How long refreshes waited for their place in the budget of a provider that has one.',
    labels: ['provider'],
    buckets: answerSeconds,
  },
  latchkey_token_request_duration_seconds: {
    kind: 'histogram',
    what: 'Posts to token endpoints, of codes and of refresh tokens.',
    labels: ['provider', 'grant', 'outcome'],
    buckets: answerSeconds,
  },
  latchkey_profile_request_duration_seconds: {
    kind: 'histogram',
    what: 'Reads of a profile at a provider, for `me` and for who was connected.',
    labels: ['provider', 'outcome'],
    buckets: answerSeconds,
  },
  latchkey_api_call_duration_seconds: {
    kind: 'histogram',
    what: 'Calls of a provider’s API for a caller (`/proxy`, `sendProviderRequest`) until its answer began, by the class of its status; `none` where none came.',
    labels: ['provider', 'status'],
    buckets: answerSeconds,
  },
  latchkey_authorizations_started_total: {
    kind: 'counter',
    what: 'Authorizations that were started.',
    labels: ['provider'],
  },
  latchkey_authorizations_ended_total: {
    kind: 'counter',
    what: 'Authorizations whose answer came: an account was connected, or the problem in its way.',
    labels: ['provider', 'outcome'],
  },
  latchkey_revocations_total: {
    kind: 'counter',
    what: 'Disconnected accounts whose provider was told, with what came of it; each try counts.',
    labels: ['provider', 'outcome'],
  },
  latchkey_purged_rows_total: {
    kind: 'counter',
    what: 'Rows that were deleted because their time was over.',
    labels: ['kind'],
  },
  latchkey_accounts: {
    kind: 'gauge',
    what: 'Connected accounts in the database, counted at most every 30 s; absent while it does not answer.',
    labels: ['provider', 'status'],
  },
  latchkey_sealed_values: {
    kind: 'gauge',
    what: 'Sealed values in the database by the key that they stand under (`none` of the keyring’s: they do not open), counted at most every 5 min; 0 means that a key may be dropped.',
    labels: ['kid'],
  },
  latchkey_database_writes_waiting: {
    kind: 'gauge',
    what: 'Writes that have not begun: on SQLite they wait for the one before, on PostgreSQL for a connection.',
    labels: [],
  },
  latchkey_database_write_wait_seconds: {
    kind: 'histogram',
    what: 'How long writes waited before they began.',
    labels: [],
    buckets: databaseSeconds,
  },
  latchkey_database_connections: {
    kind: 'gauge',
    what: 'Connections to PostgreSQL that are `busy` or `idle`, and work that waits for one (`awaited`); absent on SQLite.',
    labels: ['state'],
  },
  latchkey_journal_depth: {
    kind: 'gauge',
    what: 'Answers to refreshes that are in the journal and not yet in the vault.',
    labels: [],
  },
  latchkey_open_streams: {
    kind: 'gauge',
    what: 'Event streams (subscriptions) that are open here.',
    labels: [],
  },
  latchkey_webhook_posts_total: {
    kind: 'counter',
    what: 'Posts of events to the webhook: `DELIVERED`, `FAILED` and tried again, or failed and given up (`DEAD`).',
    labels: ['outcome'],
  },
  latchkey_webhook_waiting: {
    kind: 'gauge',
    what: 'Events in the database that wait for the webhook, counted at most every 30 s.',
    labels: [],
  },
  latchkey_webhook_oldest_seconds: {
    kind: 'gauge',
    what: 'How long ago the oldest of them happened; 0 where none waits.',
    labels: [],
  },
  latchkey_job_duration_seconds: {
    kind: 'histogram',
    what: 'Runs of recurring jobs.',
    labels: ['job', 'outcome'],
    buckets: answerSeconds,
  },
  latchkey_refresh_lateness_seconds: {
    kind: 'histogram',
    what: 'How long after its due moment the refresh of an account began that nobody had asked for.',
    labels: [],
    buckets: lateSeconds,
  },
  latchkey_refresh_alarms: {
    kind: 'gauge',
    what: 'Alarms of accounts in the table of jobs: `waiting` for their moment, `due`, or `taken` up by an instance; counted at most every 30 s.',
    labels: ['state'],
  },
  latchkey_refresh_sweep_total: {
    kind: 'counter',
    what: 'What sweeps had to mend: accounts that no alarm had woken (`RENEWED`, `FAILED`), alarms that were `SET` or `REMOVED`. It stands still while all is well.',
    labels: ['outcome'],
  },
  latchkey_audit_write_failures_total: {
    kind: 'counter',
    what: 'Audit rows that could not be written: `STARTED` kept an act from being done, `OUTCOME` leaves one without its end.',
    labels: ['row'],
  },
  latchkey_audit_unchained_rows: {
    kind: 'gauge',
    what: 'Audit rows that have no place in the chain yet, counted at most every 30 s; absent while the database does not answer.',
    labels: [],
  },
  latchkey_audit_chain_lag_seconds: {
    kind: 'gauge',
    what: 'How long ago the oldest of them was written; 0 where all are chained.',
    labels: [],
  },
  latchkey_build_info: {
    kind: 'gauge',
    what: 'Always 1; the labels say what runs.',
    labels: ['version', 'node'],
  },
} as const satisfies Record<string, MetricEntry>;

export type MetricName = keyof typeof metricTable;
