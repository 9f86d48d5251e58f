/** Agenda's own repository on PostgreSQL, over the pool of the database and the table that our migration makes. Called by
 *  open-job-repository, and by Agenda. What is added here is what a shutdown and an outage need: locks that are given
 *  back, and a search for jobs that finds nothing while the database is away, so that Agenda simply looks again.
 *  No LISTEN: it would hold a connection for what the next look, 500 ms later, finds anyway. */
// oxlint-disable eslint/no-underscore-dangle -- Agenda calls the id of a job _id.
import { PostgresBackend } from '@agendajs/postgres-backend';
import type { JobParameters } from 'agenda';
import type { Pool } from 'pg';
import type { Logger } from '../observe/logger.js';
import type { ClosableJobRepository } from './closable-job-repository.js';
import { createPostgresAlarmTable } from './postgres-alarm-table.js';

export function createPostgresJobRepository({ pool, log }: { pool: Pool; log: Logger }): ClosableJobRepository {
  // ensureSchema: two instances that make one table at the same time collide; our migration makes it under a lock.
  const backend = new PostgresBackend({ pool, tableName: 'job', ensureSchema: false, disableNotifications: true });
  const { repository } = backend;
  const held = new Set<string>();
  let mayLock = true;
  let isAway = false;
  const alarms = createPostgresAlarmTable(pool);

  return {
    alarms: { ...alarms, lockDue: async (request) => (await look(() => alarms.lockDue(request))) ?? [] },
    connect: () => repository.connect(),
    getJobById: (id) => repository.getJobById(id),
    queryJobs: (query) => repository.queryJobs(query),
    getJobsOverview: () => repository.getJobsOverview(),
    getDistinctJobNames: () => repository.getDistinctJobNames(),
    getQueueSize: () => repository.getQueueSize(),
    removeJobs: (filter) => repository.removeJobs(filter),
    disableJobs: (filter) => repository.disableJobs(filter),
    enableJobs: (filter) => repository.enableJobs(filter),
    purgeAllJobs: () => repository.purgeAllJobs(),
    saveJob: (job, by) => repository.saveJob(job, by),

    async saveJobState(job, by) {
      if (job._id && !job.lockedAt) held.delete(job._id);
      await repository.saveJobState(job, by);
    },

    lockJob: (job, by) => lock(() => repository.lockJob(job, by)),
    getNextJobToRun: (name, nextScanAt, lockDeadline, now, by) =>
      lock(() => repository.getNextJobToRun(name, nextScanAt, lockDeadline, now, by)),

    async unlockJob(job) {
      if (job._id) held.delete(job._id);
      // Agenda does not wait for this promise: a rejection here would end the process.
      try {
        await repository.unlockJob(job);
      } catch (error) {
        log.warn({ event: 'jobs.unlock_failed', job: job.name, err: error });
      }
    },

    unlockJobs: (ids) => unlock(ids),

    stopLocking: () => {
      mayLock = false;
    },
    async releaseLocks() {
      // At a shutdown, which an outage must not keep from its end; a lock is taken over once its lifetime is over.
      await unlock([...held]).catch((error: unknown) => log.warn({ event: 'jobs.locks_kept', err: error }));
    },
    close: () => backend.disconnect(), // leaves the pool, which is the database's, as it is
  };

  async function lock(find: () => Promise<JobParameters | undefined>): Promise<JobParameters | undefined> {
    const job = await look(find);
    if (job?._id) held.add(job._id);
    return job;
  }

  async function look<T>(find: () => Promise<T>): Promise<T | undefined> {
    if (!mayLock) return undefined;
    try {
      const found = await find();
      if (isAway) log.info({ event: 'jobs.database_back' });
      isAway = false;
      return found;
    } catch (error) {
      // Once an outage, not twice a second.
      if (!isAway) log.warn({ event: 'jobs.database_away', err: error });
      isAway = true;
      return undefined;
    }
  }

  async function unlock(ids: readonly string[]): Promise<void> {
    ids.forEach((id) => held.delete(id));
    await repository.unlockJobs([...ids] as NonNullable<JobParameters['_id']>[]);
  }
}
