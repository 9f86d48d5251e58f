/** Reads what is only worth knowing when /metrics is asked for: what is in the database, and what the database is busy with.
 *  Called by metrics.ts before each page. Counts read whole tables, so however often the page is asked for, each is taken once
 *  in a while; what cannot be read is left out, and never keeps the rest of the page away. */
import type { Gauge } from 'prom-client';
import type { Clock } from '../clock.js';
import type { LabelGuard } from './label-guard.js';
import type { alarmStates } from './measures.js';
import type { MetricName } from './metric-table.js';

export interface ScrapeSources {
  readonly clock: Clock;
  readonly countAccounts: () => Promise<readonly AccountCount[]>;
  readonly countIncidents: () => Promise<readonly IncidentCount[]>;
  readonly countSealed: () => Promise<readonly SealedCount[]>;
  readonly countAlarms: () => Promise<readonly AlarmCount[]>;
  readonly webhookBacklog: () => Promise<Backlog>;
  readonly unchainedAudit: () => Promise<Backlog>;
  readonly databaseLoad: () => DatabaseLoad;
  readonly journalDepth: () => number;
  readonly openStreams: () => number;
}

export interface AccountCount {
  readonly provider: string;
  readonly status: string;
  readonly count: number;
}

export interface IncidentCount {
  readonly provider: string;
  readonly cause: string;
  readonly count: number;
}

/** `kid` is a key of the keyring, or `none` for what stands under no key that is in it. */
export interface SealedCount {
  readonly kid: string;
  readonly count: number;
}

export interface AlarmCount {
  readonly state: (typeof alarmStates)[number];
  readonly count: number;
}

/** What waits for its turn: events for the webhook, rows of the audit for the chain. */
export interface Backlog {
  readonly waiting: number;
  /** Epoch milliseconds; null where none waits. */
  readonly oldestAt: number | null;
}

export interface DatabaseLoad {
  readonly writesWaiting: number;
  /** Null where there is no pool. */
  readonly connections: { readonly busy: number; readonly idle: number; readonly awaited: number } | null;
}

export interface ScrapeReader {
  use(sources: ScrapeSources): void;
  read(): Promise<void>;
}

export interface ScrapeGauges {
  readonly accounts: Gauge;
  readonly incidents: Gauge;
  readonly sealed: Gauge;
  readonly writesWaiting: Gauge;
  readonly connections: Gauge;
  readonly journalDepth: Gauge;
  readonly alarms: Gauge;
  readonly webhookWaiting: Gauge;
  readonly webhookOldest: Gauge;
  readonly openStreams: Gauge;
  readonly auditUnchained: Gauge;
  readonly auditLag: Gauge;
}

const accountsForMs = 30_000;
const alarmsForMs = 30_000;
const backlogForMs = 30_000;
const sealedForMs = 5 * 60_000;

export function createScrapeReader({ gauges, guard }: { gauges: ScrapeGauges; guard: LabelGuard }): ScrapeReader {
  let readAll: (() => Promise<void>) | null = null;

  return {
    use(sources) {
      const { clock, countAccounts, countIncidents, countSealed, countAlarms, databaseLoad } = sources;
      const { journalDepth, openStreams, webhookBacklog, unchainedAudit } = sources;
      const backlog = countedOnceIn(backlogForMs, async () => [await webhookBacklog()], clock);
      const unchained = countedOnceIn(backlogForMs, async () => [await unchainedAudit()], clock);
      const accounts = countedOnceIn(accountsForMs, countAccounts, clock);
      const incidents = countedOnceIn(accountsForMs, countIncidents, clock);
      const sealed = countedOnceIn(sealedForMs, countSealed, clock);
      const alarms = countedOnceIn(alarmsForMs, countAlarms, clock);
      readAll = async () => {
        tellLoad(databaseLoad());
        gauges.journalDepth.set(journalDepth());
        gauges.openStreams.set(openStreams());
        tellBacklog({ count: gauges.webhookWaiting, age: gauges.webhookOldest }, await backlog(), clock.now());
        tellBacklog({ count: gauges.auditUnchained, age: gauges.auditLag }, await unchained(), clock.now());
        tell(gauges.accounts, 'latchkey_accounts', await accounts());
        tell(gauges.alarms, 'latchkey_refresh_alarms', await alarms());
        tell(gauges.incidents, 'latchkey_incidents_open', await incidents());
        tell(gauges.sealed, 'latchkey_sealed_values', await sealed());
      };
    },
    read: async () => readAll?.(),
  };

  function tell(gauge: Gauge, name: MetricName, counts: readonly { readonly count: number }[]): void {
    gauge.reset();
    // inc, not set: all providers that are no longer set up share one label.
    for (const one of counts) gauge.inc(guard(name, one), one.count);
  }

  function tellLoad({ writesWaiting, connections }: DatabaseLoad): void {
    gauges.writesWaiting.set(writesWaiting);
    for (const [state, held] of Object.entries(connections ?? {})) gauges.connections.set({ state }, held);
  }
}

function tellBacklog(into: { count: Gauge; age: Gauge }, [backlog]: readonly Backlog[], now: number): void {
  if (!backlog) return;
  const { waiting, oldestAt } = backlog;
  into.count.set(waiting);
  into.age.set(oldestAt === null ? 0 : Math.max(now - oldestAt, 0) / 1000);
}

/** All who ask within the time share one count. One that fails is empty, and taken again for who asks next. */
function countedOnceIn<Count>(
  ms: number,
  count: () => Promise<readonly Count[]>,
  clock: Clock,
): () => Promise<readonly Count[]> {
  let counting: Promise<readonly Count[]> | null = null;
  let countedAt = -Infinity;

  return () => {
    if (counting !== null && clock.monotonic() - countedAt < ms) return counting;
    countedAt = clock.monotonic();
    return (counting = count().catch(() => {
      counting = null;
      return [];
    }));
  };
}
