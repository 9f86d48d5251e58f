/** What the parts report, as a page in Prometheus' text format. Created once by app.ts, which hands `report` to the parts as
 *  it hands them the log; http/routes/metrics.ts serves the page. The registry is its own: nothing is shared with what
 *  else may use prom-client in this process. Labels are kept few by label-guard.ts. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createLabelGuard, type LabelGuard } from './label-guard.js';
import { sweepEnds, webhookEnds, type Metrics } from './measures.js';
import { metricTable, type MetricName } from './metric-table.js';
import { createScrapeReader, type ScrapeSources } from './scrape-reader.js';

export interface MetricsBook {
  readonly report: Metrics;
  /** What is read when the page is asked for. */
  readAtScrape(sources: ScrapeSources): void;
  page(): Promise<MetricsPage>;
}

export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

export interface MetricsOptions {
  /** The ids of the catalogue: the only values of the label `provider`. */
  readonly providers: readonly string[];
  readonly build: BuildFacts;
}

export interface BuildFacts {
  readonly version: string;
  readonly node: string;
}

export function createMetrics({ providers, build }: MetricsOptions): MetricsBook {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const guard = createLabelGuard({ provider: providers });
  const made = makeMetrics(registry);
  made.latchkey_build_info.set({ ...build }, 1);
  // A counter that is born with its first failure has no rise that an alert could see.
  for (const provider of providers) made.latchkey_breaker_open.set({ provider }, 0);
  for (const row of ['STARTED', 'OUTCOME']) made.latchkey_audit_write_failures_total.inc({ row }, 0);
  for (const outcome of webhookEnds) made.latchkey_webhook_posts_total.inc({ outcome }, 0);
  const scrapes = createScrapeReader({
    guard,
    gauges: {
      accounts: made.latchkey_accounts,
      incidents: made.latchkey_incidents_open,
      sealed: made.latchkey_sealed_values,
      journalDepth: made.latchkey_journal_depth,
      webhookWaiting: made.latchkey_webhook_waiting,
      webhookOldest: made.latchkey_webhook_oldest_seconds,
      auditUnchained: made.latchkey_audit_unchained_rows,
      auditLag: made.latchkey_audit_chain_lag_seconds,
      openStreams: made.latchkey_open_streams,
      writesWaiting: made.latchkey_database_writes_waiting,
      connections: made.latchkey_database_connections,
      alarms: made.latchkey_refresh_alarms,
    },
  });

  return {
    report: reportTo(made, guard),
    readAtScrape: (sources) => scrapes.use(sources),
    async page() {
      await scrapes.read();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

type MetricOf = { counter: Counter; gauge: Gauge; histogram: Histogram };
type Made = { readonly [Name in MetricName]: MetricOf[(typeof metricTable)[Name]['kind']] };

function makeMetrics(registry: Registry): Made {
  const makers = { counter: Counter, gauge: Gauge, histogram: Histogram };
  const made = Object.entries(metricTable).map(([name, { kind, what, labels, ...more }]) => {
    return [name, new makers[kind]({ name, help: what, labelNames: [...labels], registers: [registry], ...own(more) })];
  });
  // Each entry was made by its own kind, which is what Made says.
  return Object.fromEntries(made) as Made;
}

function own({ buckets }: { readonly buckets?: readonly number[] }): { buckets?: number[] } {
  return buckets ? { buckets: [...buckets] } : {};
}

function reportTo(made: Made, guard: LabelGuard): Metrics {
  const count = (name: NameOf<'counter'>, facts: object, by = 1): void => made[name].inc(guard(name, facts), by);
  const time = (name: NameOf<'histogram'>, facts: { readonly tookMs: number }): void =>
    made[name].observe(guard(name, facts), facts.tookMs / 1000);
  return {
    requestAnswered({ route, method, status, tookMs }) {
      const facts = { route: route ?? 'none', method, status: `${Math.floor(status / 100)}xx`, tookMs };
      time('latchkey_http_request_duration_seconds', facts);
    },
    fieldAnswered: ({ field, outcome }) => count('latchkey_graphql_fields_total', { field: field ?? 'none', outcome }),
    refreshEnded: (refresh) => time('latchkey_refresh_duration_seconds', refresh),
    tokenRequestEnded: (request) => time('latchkey_token_request_duration_seconds', request),
    profileRequestEnded: (request) => time('latchkey_profile_request_duration_seconds', request),
    apiCallAnswered({ provider, status, tookMs }) {
      const facts = { provider, status: status === null ? 'none' : `${Math.floor(status / 100)}xx`, tookMs };
      time('latchkey_api_call_duration_seconds', facts);
    },
    authorizationStarted: (authorization) => count('latchkey_authorizations_started_total', authorization),
    authorizationEnded: (authorization) => count('latchkey_authorizations_ended_total', authorization),
    revocationEnded: (revocation) => count('latchkey_revocations_total', revocation),
    budgetWaited: ({ provider, waitedMs }) =>
      made.latchkey_refresh_budget_wait_seconds.observe(
        guard('latchkey_refresh_budget_wait_seconds', { provider }),
        waitedMs / 1000,
      ),
    breakerMoved({ provider, isOpen }) {
      const name = 'latchkey_breaker_open';
      made[name].set(guard(name, { provider }), isOpen ? 1 : 0);
    },
    rowsPurged: ({ kind, count: rows }) => count('latchkey_purged_rows_total', { kind }, rows),
    writeBegan: ({ waitedMs }) => time('latchkey_database_write_wait_seconds', { tookMs: waitedMs }),
    jobEnded: (run) => time('latchkey_job_duration_seconds', run),
    dueRefreshBegan: ({ lateMs }) => time('latchkey_refresh_lateness_seconds', { tookMs: Math.max(lateMs, 0) }),
    sweepEnded(counts) {
      for (const outcome of sweepEnds) count('latchkey_refresh_sweep_total', { outcome }, counts[outcome]);
    },
    webhookPosted: (post) => count('latchkey_webhook_posts_total', post),
    auditWriteFailed: (failure) => count('latchkey_audit_write_failures_total', failure),
  };
}

type NameOf<Kind> = {
  [Name in MetricName]: (typeof metricTable)[Name]['kind'] extends Kind ? Name : never;
}[MetricName];
