/** The recurring jobs about accounts: the sweep for those that are due, and what people see of them, history and events. Made by app.ts for createJobs. */
import type { RefreshHistory } from '../accounts/refresh-history.js';
import type { Deliverer } from '../events/deliver-events.js';
import type { PurgeEvents } from '../events/purge-events.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/measures.js';
import type { Sweep } from '../refresh/sweep.js';
import type { TellEndings } from '../refresh/tell-endings.js';
import type { JobDefinition } from './job-definition.js';

export interface AccountJobsParts {
  readonly sweep: Sweep;
  readonly history: Pick<RefreshHistory, 'purge'>;
  readonly purgeEvents: PurgeEvents;
  readonly tellEndings: TellEndings;
  /** Null where there is no webhook. */
  readonly deliverer: Pick<Deliverer, 'run'> | null;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'rowsPurged'>;
}

export function accountJobs(parts: AccountJobsParts): JobDefinition[] {
  const { sweep, history, purgeEvents, tellEndings, deliverer, log, metrics } = parts;
  return [
    { name: 'sweep-due-accounts', every: '15 seconds', lockLifetimeMs: 60_000, run: () => sweep.run() },
    {
      name: 'purge-refresh-history',
      every: '1 hour',
      async run() {
        const count = await history.purge();
        metrics.rowsPurged({ kind: 'refreshHistory', count });
        if (count > 0) log.info({ event: 'refresh.history_purged', count });
      },
    },
    {
      name: 'purge-events',
      every: '1 hour',
      async run() {
        const count = await purgeEvents();
        metrics.rowsPurged({ kind: 'events', count });
        if (count > 0) log.info({ event: 'events.purged', count });
      },
    },
    {
      name: 'tell-endings',
      every: '1 hour',
      async run() {
        const count = await tellEndings();
        if (count > 0) log.info({ event: 'account.endings_told', count });
      },
    },
    // What was told at its commit needs no job: this is for tries that failed, and for what another instance left.
    ...(deliverer ? [{ name: 'deliver-events', every: '5 seconds', run: () => deliverer.run() }] : []),
  ];
}
