/** Puts a repository's alarms within reach of Agenda many at a time: one statement locks all that there is room for, Agenda is
 *  handed them from memory one by one, and the runs that end together are written together. Agenda by itself takes three
 *  statements a job, one after another, and begins the first run when the last job is locked
 *  (docs/decisions/0016-due-refreshes.md). Called by create-jobs. Jobs of other names pass through.
 *  Must never: hand one lock out twice, or write over a job that was moved, or taken over, while it ran.
 *
 *  Agenda compares the time of a lock with the machine's clock, so it is taken from there. */
// oxlint-disable eslint/no-underscore-dangle -- Agenda calls the id of a job _id.
import type { JobParameters } from 'agenda';
import { systemClock } from '../clock.js';
import type { Logger } from '../observe/logger.js';
import { ALARM_JOB, type LockedAlarm } from './alarm-table.js';
import type { ClosableJobRepository } from './closable-job-repository.js';
import { createGather } from './gather.js';

export interface HandOutParts {
  readonly repository: ClosableJobRepository;
  /** How many alarms this process holds at most. */
  readonly limit: number;
  /** There may be more due, and there is room again. */
  readonly onRoom: () => void;
  readonly log: Logger;
}

/** Agenda asks again right after the last one it got; there is nothing more then. */
const QUIET_MS = 50;

export function handOutAlarms({ repository, limit, onRoom, log }: HandOutParts): ClosableJobRepository {
  const held = new Map<string, Pick<LockedAlarm, 'lockedAt' | 'nextRunAt'>>();
  const ends = createGather({ keyOf: ({ jobId }) => jobId, write: repository.alarms.endRuns });
  let lot: LockedAlarm[] = [];
  let filling: Promise<void> | null = null;
  let mayBeMore = false;
  let filledAt = -Infinity;
  let mayLock = true;

  return {
    ...repository,

    async getNextJobToRun(name, until, deadline, now, by) {
      if (name !== ALARM_JOB) return repository.getNextJobToRun(name, until, deadline, now, by);
      if (lot.length === 0 && (mayBeMore || systemClock.monotonic() - filledAt > QUIET_MS)) {
        filling ??= fill({ until, deadline, by: by?.lastModifiedBy ?? null }).finally(() => (filling = null));
        await filling;
      }
      return mayLock ? lot.shift() : undefined;
    },

    async saveJobState(job, by) {
      if (job.name !== ALARM_JOB || !job._id) return repository.saveJobState(job, by);
      // At its start Agenda writes that the job runs, and takes its time away; the lock says the first, and the second
      // would hide a move.
      if (job.lockedAt) return;
      await endRun(job._id, job);
    },

    async unlockJob(job) {
      if (job._id) held.delete(job._id);
      await repository.unlockJob(job);
    },

    async unlockJobs(ids) {
      for (const id of ids) held.delete(id);
      await repository.unlockJobs(ids);
    },

    stopLocking() {
      mayLock = false;
      repository.stopLocking();
    },

    async releaseLocks() {
      await filling;
      await ends.settled();
      const ids = [...held.keys()];
      held.clear();
      lot = [];
      // An outage must not keep a shutdown from its end.
      await repository.unlockJobs(ids).catch((error: unknown) => log.warn({ event: 'jobs.locks_kept', err: error }));
      await repository.releaseLocks();
    },
  };

  async function fill(ask: { until: Date; deadline: Date; by: string | null }): Promise<void> {
    const room = limit - held.size;
    if (room <= 0 || !mayLock) return;
    const now = new Date(systemClock.now());
    const locked = await repository.alarms.lockDue({ ...ask, now, limit: room });
    for (const alarm of locked) held.set(alarm._id, alarm);
    lot.push(...locked);
    mayBeMore = locked.length === room;
    filledAt = systemClock.monotonic();
  }

  async function endRun(jobId: string, job: JobParameters): Promise<void> {
    const lock = held.get(jobId);
    if (!lock?.lockedAt) return; // given back meanwhile, at the end of a drain
    held.delete(jobId);
    try {
      await ends.add({
        jobId,
        lockedAt: lock.lockedAt,
        seenAt: lock.nextRunAt,
        nextAt: job.nextRunAt,
        startedAt: job.lastRunAt ?? null,
        endedAt: job.lastFinishedAt ?? null,
      });
    } catch (error) {
      // The lock stays until it is too old; the account's row says whether there is anything to do then.
      log.warn({ event: 'jobs.alarm_not_ended', jobId, err: error });
    }
    if (mayBeMore && held.size <= limit / 2) onRoom();
  }
}
