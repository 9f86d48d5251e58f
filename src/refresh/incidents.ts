/** Writes what the breakers found out as incidents of providers, and tells the operator. Called by provider-health.ts.
 *  Writes are done one after another behind whoever caused them, and what fell together is one write; the row is for
 *  people and other instances, so one that fails is tried again with the next and delays nobody.
 *  Must never: say a second time that an incident has begun or ended. */
import type { AccountStore } from '../accounts/account-store.js';
import type { Clock } from '../clock.js';
import type { Database } from '../database/database.js';
import type { AccountEvents } from '../events/account-events.js';
import type { Logger } from '../observe/logger.js';
import { newsOfReinstatement } from './news.js';
import type { IncidentStore, ProviderIncident } from './incident-store.js';
import { incidentSentence } from './incident-sentence.js';
import type { IncidentCause } from './provider-incident.entity.js';

export interface Incidents {
  seen(providerId: string, cause: IncidentCause, accountIds: readonly string[]): void;
  closed(providerId: string, cause: IncidentCause): void;
  /** Something worked at this provider: an incident that nobody adds to any more is over, whoever opened it. */
  worked(providerId: string): void;
  /** Gives back what was marked as over when refusals were not doubted yet. */
  reinstate(providerId: string): void;
  /** Never rejects. */
  openOnes(): Promise<readonly ProviderIncident[]>;
  settled(): Promise<void>;
}

export interface IncidentsParts {
  readonly database: Database;
  readonly store: Pick<IncidentStore, 'note' | 'close' | 'openOnes'>;
  readonly accounts: Pick<AccountStore, 'reinstate'>;
  readonly events: Pick<AccountEvents, 'record'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Longer than the longest pause between probes: while an instance has it open, it is added to. */
const FORGOTTEN_MS = 15 * 60_000;
const LOOKED_FOR_MS = 60_000;
/** The window in which refusals add up to a doubt, and some time for writes that were under way. */
const DOUBTED_MS = 90_000;
const MAX_ACCOUNTS = 10_000;

export function createIncidents(parts: IncidentsParts): Incidents {
  const { database, store, accounts, events, clock, log } = parts;
  const counted = new Map<string, Set<string>>();
  let writing: Promise<void> = Promise.resolve();
  const lookedAt = new Map<string, number>();

  return {
    seen(providerId, cause, accountIds) {
      const key = { providerId, cause };
      const at = clock.now();
      const fresh = countNew(`${providerId} ${cause}`, accountIds);
      append(async () => {
        const seen = { at, accounts: fresh, failures: accountIds.length };
        const isOpened = await database.write((transaction) => store.note(transaction, key, seen));
        if (isOpened) tell('warn', 'incident.opened', key);
      });
    },

    closed(providerId, cause) {
      const key = { providerId, cause };
      const at = clock.now();
      counted.delete(`${providerId} ${cause}`);
      append(async () => {
        const isClosed = await database.write((transaction) => store.close(transaction, key, { at }));
        if (isClosed) tell('info', 'incident.closed', key);
      });
    },

    worked(providerId) {
      if (clock.monotonic() - (lookedAt.get(providerId) ?? -Infinity) < LOOKED_FOR_MS) return;
      lookedAt.set(providerId, clock.monotonic());
      append(async () => {
        for (const incident of await store.openOnes()) {
          if (incident.providerId !== providerId) continue;
          const key = { providerId, cause: incident.cause };
          const how = { at: clock.now(), unseenMs: FORGOTTEN_MS };
          const isClosed = await database.write((transaction) => store.close(transaction, key, how));
          if (isClosed) tell('info', 'incident.closed', key);
        }
      });
    },

    reinstate(providerId) {
      const since = clock.now() - DOUBTED_MS;
      append(async () => {
        const count = await database.write(async (transaction) => {
          const reinstated = await accounts.reinstate(transaction, { providerId, since });
          for (const account of reinstated) await events.record(transaction, newsOfReinstatement(account));
          return reinstated.length;
        });
        if (count > 0) log.warn({ event: 'incident.accounts_reinstated', provider: providerId, count });
      });
    },

    openOnes: () =>
      store.openOnes().catch((error: unknown) => {
        log.warn({ event: 'incident.not_read', err: error });
        return [];
      }),

    settled: () => writing,
  };

  function append(work: () => Promise<void>): void {
    writing = writing.then(work).catch((error: unknown) => {
      log.warn({ event: 'incident.not_written', err: error });
    });
  }

  function countNew(key: string, accountIds: readonly string[]): number {
    const known = counted.get(key) ?? new Set();
    counted.set(key, known);
    const before = known.size;
    for (const id of accountIds) if (known.size < MAX_ACCOUNTS) known.add(id);
    return known.size - before;
  }

  function tell(
    level: 'info' | 'warn',
    event: 'incident.opened' | 'incident.closed',
    { providerId, cause }: { providerId: string; cause: IncidentCause },
  ): void {
    log[level]({ event, provider: providerId, cause, message: incidentSentence(cause, providerId) });
  }
}
