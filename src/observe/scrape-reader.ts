/** Reads what is only worth knowing when /metrics is asked for: accounts by status, and what the database is busy with.
 *  Called by metrics.ts before each page. Scraped often or by many, the accounts are counted at most every 30 s; what cannot
 *  be read is left out, and never keeps the rest of the page away. */
import type { Gauge } from 'prom-client';
import type { Clock } from '../clock.js';
import type { LabelGuard } from './label-guard.js';

export interface ScrapeSources {
  readonly clock: Clock;
  /** May take a while on a large table. */
  readonly countAccounts: () => Promise<readonly AccountCount[]>;
  readonly databaseLoad: () => DatabaseLoad;
}

export interface AccountCount {
  readonly provider: string;
  readonly status: string;
  readonly count: number;
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
  readonly writesWaiting: Gauge;
  readonly connections: Gauge;
}

const countedForMs = 30_000;

export function createScrapeReader({ gauges, guard }: { gauges: ScrapeGauges; guard: LabelGuard }): ScrapeReader {
  let sources: ScrapeSources | null = null;
  let counting: Promise<readonly AccountCount[]> | null = null;
  let countedAt = -Infinity;

  return {
    use(given) {
      sources = given;
    },
    async read() {
      if (sources === null) return;
      tellLoad(sources.databaseLoad());
      tellAccounts(await count(sources).catch(() => []));
    },
  };

  function count({ clock, countAccounts }: ScrapeSources): Promise<readonly AccountCount[]> {
    if (counting !== null && clock.monotonic() - countedAt < countedForMs) return counting;
    countedAt = clock.monotonic();
    return (counting = countAccounts().catch((error: unknown) => {
      counting = null; // asked again by the next scrape
      throw error;
    }));
  }

  function tellAccounts(counts: readonly AccountCount[]): void {
    gauges.accounts.reset();
    // inc, not set: all providers that are no longer set up share one label.
    for (const one of counts) gauges.accounts.inc(guard('latchkey_accounts', one), one.count);
  }

  function tellLoad({ writesWaiting, connections }: DatabaseLoad): void {
    gauges.writesWaiting.set(writesWaiting);
    for (const [state, held] of Object.entries(connections ?? {})) gauges.connections.set({ state }, held);
  }
}
