/** Agenda's JobRepository on SQLite, over a connection and a file of its own (jobs.db): in the main database a
 *  ROLLBACK of somebody's transaction would undo a lock. Called by create-jobs.ts, and by Agenda.
 *  What must never happen: one due job handed to two processors. A lock is one UPDATE with its choice inside.
 *
 *  Agenda compares the times that it gives us with the machine's clock and cannot be given another, so this file
 *  asks the machine's clock too; a clock of a test would make a fresh lock look stale. */
// oxlint-disable eslint/no-underscore-dangle -- Agenda calls the id of a job _id.
import {
  computeJobState,
  type JobParameters,
  type JobsOverview,
  type JobsQueryOptions,
  type JobsResult,
  type RemoveJobsOptions,
} from 'agenda';
import { systemClock } from '../clock.js';
import type { Logger } from '../observe/logger.js';
import type { ClosableJobRepository } from './closable-job-repository.js';
import { findJobIds, findJobRows } from './job-filter.js';
import { stateColumns, stateParameters, toJob, toTime } from './job-row.js';
import { createSqliteAlarmTable } from './sqlite-alarm-table.js';
import { openJobsFile } from './open-jobs-file.js';
import { saveJob } from './save-job.js';
import type { SqliteFile, SqlParameters } from './sqlite-file.js';

export function createSqliteJobRepository(options: { file: string; log: Logger }): ClosableJobRepository {
  const { log } = options;
  const held = new Set<string>();
  let opening: Promise<SqliteFile> | null = null;
  let mayLock = true;

  // Agenda connects once more by itself; the first connection stays.
  const open = (): Promise<SqliteFile> => (opening ??= openJobsFile(options));

  async function lock(sql: string, parameters: SqlParameters): Promise<JobParameters | undefined> {
    if (!mayLock) return undefined;
    const [row] = await (await open()).all(sql, parameters);
    if (!row) return undefined;
    held.add(String(row['id']));
    return toJob(row);
  }

  async function unlock(ids: readonly string[], condition: string): Promise<void> {
    ids.forEach((id) => held.delete(id));
    await (
      await open()
    ).run(`UPDATE job SET locked_at = NULL WHERE id IN (SELECT value FROM json_each($ids)) AND ${condition}`, {
      $ids: JSON.stringify(ids),
    });
  }

  /** Runs `statement` (which ends in a WHERE) on the rows that match. */
  async function changeMatching(statement: string, filter: RemoveJobsOptions): Promise<number> {
    return (await open()).transaction(async (statements) => {
      const ids = await findJobIds(statements, filter);
      if (ids.length === 0) return 0;
      return statements.run(`${statement} WHERE id IN (SELECT value FROM json_each($ids))`, {
        $ids: JSON.stringify(ids),
      });
    });
  }

  return {
    connect: async () => void (await open()),

    async getJobById(id) {
      const [row] = await (await open()).all('SELECT * FROM job WHERE id = $id', { $id: id });
      return row ? toJob(row) : null;
    },

    async queryJobs(query = {}) {
      const rows = await findJobRows(await open(), query);
      return pageOf(rows.map(toJob), query, systemClock.now());
    },

    async getJobsOverview() {
      const rows = await (await open()).all('SELECT * FROM job ORDER BY name');
      return overviewOf(rows.map(toJob), systemClock.now());
    },

    async getDistinctJobNames() {
      const rows = await (await open()).all('SELECT DISTINCT name FROM job ORDER BY name');
      return rows.map((row) => String(row['name']));
    },

    async getQueueSize() {
      const [row] = await (
        await open()
      ).all('SELECT count(*) AS size FROM job WHERE next_run_at < $now', { $now: systemClock.now() });
      return Number(row?.['size']);
    },

    removeJobs: (filter) => changeMatching('DELETE FROM job', filter),
    disableJobs: (filter) => changeMatching('UPDATE job SET disabled = 1', filter),
    enableJobs: (filter) => changeMatching('UPDATE job SET disabled = 0', filter),
    purgeAllJobs: async () => (await open()).run('DELETE FROM job'),

    async saveJob<Data>(job: JobParameters<Data>, by?: { lastModifiedBy?: string }) {
      const save = { job, modifiedBy: by?.lastModifiedBy, now: systemClock.now() };
      const row = await (await open()).transaction((statements) => saveJob(statements, save));
      // What was read back is what was given, Data included: it went through JSON and nothing else.
      return row ? (toJob(row) as JobParameters as JobParameters<Data>) : job;
    },

    async saveJobState(job, by) {
      if (!job._id) throw new Error('A job without an id has no state to save.');
      const assignments = stateColumns.map((column) => `${column} = $${column}`).join(', ');
      const changed = await (
        await open()
      ).run(`UPDATE job SET ${assignments} WHERE id = $id AND name = $name`, {
        ...stateParameters(job, by?.lastModifiedBy),
        $id: job._id,
        $name: job.name,
      });
      if (!job.lockedAt) held.delete(job._id);
      if (changed !== 1) throw new Error(`The job ${job._id} (${job.name}) is gone; its state was not saved.`);
    },

    async lockJob(job, by) {
      if (!job._id) return undefined;
      return lock(
        `UPDATE job SET locked_at = $now, last_modified_by = $by
         WHERE id = $id AND name = $name AND locked_at IS NULL AND next_run_at = $nextRunAt AND disabled = 0
         RETURNING *`,
        {
          $now: systemClock.now(),
          $by: by?.lastModifiedBy ?? null,
          $id: job._id,
          $name: job.name,
          $nextRunAt: toTime(job.nextRunAt),
        },
      );
    },

    async unlockJob(job) {
      if (!job._id) return;
      // Agenda does not wait for this promise: a rejection here would end the process.
      try {
        await unlock([job._id], 'next_run_at IS NOT NULL');
      } catch (error) {
        log.warn({ event: 'jobs.unlock_failed', job: job.name, err: error });
      }
    },

    unlockJobs: (ids) => unlock(ids, 'TRUE'),

    // Two searches, each one step in the index: a lock whose holder died first, else what is due next.
    getNextJobToRun: (name, nextScanAt, lockDeadline, at, by) =>
      lock(
        `UPDATE job SET locked_at = $now, last_modified_by = $by WHERE id = coalesce(
           (SELECT id FROM job WHERE name = $name AND disabled = 0 AND locked_at <= $deadline
            ORDER BY locked_at LIMIT 1),
           (SELECT id FROM job WHERE name = $name AND disabled = 0 AND locked_at IS NULL AND next_run_at <= $until
            ORDER BY next_run_at, priority DESC LIMIT 1))
         RETURNING *`,
        {
          $now: at?.getTime() ?? systemClock.now(),
          $by: by?.lastModifiedBy ?? null,
          $name: name,
          $until: nextScanAt.getTime(),
          $deadline: lockDeadline.getTime(),
        },
      ),

    stopLocking: () => {
      mayLock = false;
    },
    releaseLocks: () => unlock([...held], 'TRUE'),
    close: async () => (await opening)?.close(),
    alarms: createSqliteAlarmTable(open),
  };
}

type StoredJob = ReturnType<typeof toJob>;

function pageOf(stored: readonly StoredJob[], query: JobsQueryOptions, now: number): JobsResult {
  const { state, skip = 0, limit = 0 } = query;
  const jobs = stored
    .map((job) => ({ ...job, state: computeJobState(job, new Date(now)) }))
    .filter((job) => !state || (state === 'paused' ? job.disabled === true : job.state === state));
  return { jobs: jobs.slice(skip, limit > 0 ? skip + limit : undefined), total: jobs.length };
}

function overviewOf(stored: readonly StoredJob[], now: number): JobsOverview[] {
  const overviews = new Map<string, JobsOverview>();
  for (const job of stored) {
    const overview = overviews.get(job.name) ?? emptyOverview(job.name);
    overview.total += 1;
    overview[computeJobState(job, new Date(now))] += 1;
    if (job.disabled) overview.paused += 1;
    overviews.set(job.name, overview);
  }
  return [...overviews.values()];
}

function emptyOverview(name: string): JobsOverview {
  return { name, total: 0, running: 0, scheduled: 0, queued: 0, completed: 0, failed: 0, repeating: 0, paused: 0 };
}
