/** The safety net under the alarms: finds accounts that are due by their own rows, and mends what the table of jobs says of
 *  them. Run by a recurring job, of which one instance at a time has the lock.
 *  With every alarm gone it alone renews all accounts in time; while alarms ring it renews none and writes nothing. Its cost
 *  is bounded by what is due about now and not by how many accounts there are. Must never take an account away from an alarm
 *  that is being answered. */
import type { DueAccount, DueAccounts, DuePlace } from '../accounts/due-accounts.js';
import type { Clock } from '../clock.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics, SweepCounts } from '../observe/measures.js';
import type { AlarmRegister, RefreshAlarms, StoredAlarm } from './refresh-alarms.js';
import type { ProviderHealth } from './provider-health.js';
import type { RefreshDue } from './refresh-due.js';

export interface Sweep {
  run(): Promise<void>;
}

export interface SweepParts {
  readonly dueAccounts: Pick<DueAccounts, 'page' | 'find'>;
  readonly alarms: Pick<RefreshAlarms, 'set'>;
  readonly register: AlarmRegister;
  readonly refreshDue: RefreshDue;
  /** Of a provider that takes no refresh now, no account is read: a long incident would cost a read of each, every time. */
  readonly health: Pick<ProviderHealth, 'isShut'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'sweepEnded'>;
}

/** How far ahead alarms are looked after: further than the next sweep, or the one after. */
const AHEAD_MS = 45_000;
/** An alarm has so long to ring; by then whoever has taken it up has not come to it. */
const LATE_MS = 30_000;
/** Between the clocks of two instances, and between Agenda's looks. */
const GRACE_MS = 3_000;
/** In one sweep; the next goes on. */
const LONGEST_MS = 40_000;
const MOST_PAGES = 60;
const AT_ONCE = 32;
/** Alarms looked through in one sweep for those that nobody will hear any more. */
const REVIEWED = 500;

export function createSweep(parts: SweepParts): Sweep {
  const { dueAccounts, alarms, register, refreshDue, health, clock, log, metrics } = parts;
  let reviewedTo: string | null = null;

  return {
    async run() {
      const counts = { RENEWED: 0, SET: 0, REMOVED: 0, FAILED: 0 };
      const startedAt = clock.monotonic();
      await lookAfterDue(counts, startedAt);
      await review(counts);
      metrics.sweepEnded(counts);
      const tookMs = Math.round(clock.monotonic() - startedAt);
      const isQuiet = Object.values(counts).every((count) => count === 0);
      log[isQuiet ? 'debug' : 'info']({ event: 'refresh.swept', ...counts, tookMs });
    },
  };

  async function lookAfterDue(counts: SweepCounts, startedAt: number): Promise<void> {
    let after: DuePlace | null = null;
    for (let pages = 0; pages < MOST_PAGES && clock.monotonic() - startedAt < LONGEST_MS; pages += 1) {
      const page = await dueAccounts.page({ until: clock.now() + AHEAD_MS, after });
      after = page.at(-1) ?? null;
      if (!after) return;
      const stored = await storedFor(page);
      const overdue = page.filter((account) => isForgotten(account, stored));
      for (const account of page) {
        if (account.nextRefreshAt <= clock.now() || isRight(account, stored)) continue;
        alarms.set(account);
        counts.SET += 1;
      }
      await atOnce(AT_ONCE, overdue, (account) => renew(account, counts));
    }
  }

  async function storedFor(page: readonly DueAccount[]): Promise<ReadonlyMap<string, StoredAlarm>> {
    const found = await register.find(page.flatMap(({ jobId }) => jobId ?? []));
    return new Map(found.map((alarm) => [alarm.jobId, alarm]));
  }

  /** Due, and no alarm rings for it, or has been answered for long. */
  function isForgotten(account: DuePlace & DueAccount, stored: ReadonlyMap<string, StoredAlarm>): boolean {
    const lateMs = clock.now() - account.nextRefreshAt;
    if (lateMs < 0) return false;
    if (lateMs > LATE_MS) return true;
    const alarm = storedOf(account, stored);
    if (!alarm) return true;
    return alarm.takenAt === null && lateMs > GRACE_MS && isLater(alarm, account);
  }

  async function renew(account: DueAccount, counts: SweepCounts): Promise<void> {
    if (health.isShut(account.providerId)) return;
    try {
      const current = await refreshDue.run(account);
      if (current) alarms.set(current);
      counts.RENEWED += 1;
    } catch (error) {
      counts.FAILED += 1;
      log.error({ event: 'refresh.sweep_failed', accountId: account.accountId, err: error });
    }
  }

  /** A slice of all alarms, in turn: those whose account is gone or waits for its user, and second ones of one account. */
  async function review(counts: SweepCounts): Promise<void> {
    const slice = await register.page({ after: reviewedTo, limit: REVIEWED });
    reviewedTo = slice.length < REVIEWED ? null : (slice.at(-1)?.jobId ?? null);
    if (slice.length === 0) return;
    const accounts = await dueAccounts.find(slice.map(({ accountId }) => accountId));
    const wanted = new Set(
      accounts.flatMap(({ nextRefreshAt, jobId }) => (nextRefreshAt === null ? [] : (jobId ?? []))),
    );
    const strays = slice.filter(({ jobId, takenAt }) => takenAt === null && !wanted.has(jobId));
    if (strays.length === 0) return;
    await register.remove(strays.map(({ jobId }) => jobId));
    counts.REMOVED += strays.length;
  }
}

function isRight(account: DuePlace & DueAccount, stored: ReadonlyMap<string, StoredAlarm>): boolean {
  const alarm = storedOf(account, stored);
  return alarm !== undefined && !isLater(alarm, account);
}

function storedOf({ jobId }: DueAccount, stored: ReadonlyMap<string, StoredAlarm>): StoredAlarm | undefined {
  return jobId === null ? undefined : stored.get(jobId);
}

/** One that rings too early does no harm, and is set anew then. */
function isLater({ at }: StoredAlarm, { nextRefreshAt }: DuePlace): boolean {
  return at === null || at > nextRefreshAt + GRACE_MS;
}

async function atOnce<Item>(most: number, items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
