/** Alarms in Agenda's table on PostgreSQL, over the pool of the database: see alarm-table.ts. Called by
 *  postgres-job-repository.ts.
 *  Lists travel as arrays, so that each statement has one text whatever it carries. Rows are written in the order of their
 *  ids: two instances that write the same ones wait for each other and do not lock each other out. */
import { toJobId } from 'agenda';
import type { Pool } from 'pg';
import type { AlarmCount } from '../observe/scrape-reader.js';
import { ALARM_JOB, type AlarmTable, type LockedAlarm } from './alarm-table.js';

export function createPostgresAlarmTable(pool: Pool): AlarmTable {
  return {
    async put(alarms) {
      const rows = inOrder(alarms);
      await pool.query({
        name: 'latchkey-alarms-put',
        text: `INSERT INTO job (id, name, priority, next_run_at, type, data, last_modified_by)
               SELECT id, '${ALARM_JOB}', 0, at, 'normal', data, 'latchkey'
                 FROM unnest($1::uuid[], $2::timestamptz[], $3::jsonb[]) AS alarm(id, at, data)
               ON CONFLICT (id) DO UPDATE SET next_run_at = excluded.next_run_at`,
        values: [
          rows.map(({ jobId }) => jobId),
          rows.map(({ at }) => new Date(at)),
          rows.map(({ data }) => JSON.stringify(data)),
        ],
      });
    },

    async lockDue({ until, deadline, now, limit, by }) {
      // Two searches, each of them one step in an index: as one, with OR, it would read every job that waits.
      const { rows } = await pool.query<DueRow>({
        name: 'latchkey-alarms-lock',
        text: `WITH dead AS (
                 SELECT id FROM job WHERE locked_at <= $2 AND name = '${ALARM_JOB}' AND disabled = FALSE
                  ORDER BY locked_at LIMIT $4 FOR UPDATE SKIP LOCKED),
               due AS (
                 SELECT id FROM job WHERE name = '${ALARM_JOB}' AND disabled = FALSE
                    AND next_run_at <= $1 AND locked_at IS NULL
                  ORDER BY next_run_at LIMIT $4 FOR UPDATE SKIP LOCKED)
               UPDATE job SET locked_at = $3, last_modified_by = $5
                WHERE id = ANY(ARRAY(SELECT id FROM (SELECT id FROM dead UNION ALL SELECT id FROM due) AS found LIMIT $4))
               RETURNING id, next_run_at, last_run_at, locked_at, data`,
        values: [until, deadline, now, limit, by],
      });
      return rows.map(toLocked).toSorted(byTime);
    },

    async endRuns(ended) {
      const rows = inOrder(ended);
      await pool.query({
        name: 'latchkey-alarms-end',
        text: `WITH ended AS MATERIALIZED (
                 SELECT job.id, run.next_at, run.started_at, run.ended_at,
                        job.next_run_at IS NOT DISTINCT FROM run.seen_at AS stayed
                   FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[],
                               $6::timestamptz[]) AS run(id, locked_at, seen_at, next_at, started_at, ended_at)
                   JOIN job ON job.id = run.id AND job.locked_at = run.locked_at
                  ORDER BY job.id FOR UPDATE OF job),
               gone AS (DELETE FROM job USING ended WHERE job.id = ended.id AND stayed AND ended.next_at IS NULL)
               UPDATE job SET locked_at = NULL, last_run_at = ended.started_at, last_finished_at = ended.ended_at,
                      next_run_at = CASE WHEN stayed THEN ended.next_at ELSE job.next_run_at END
                 FROM ended WHERE job.id = ended.id AND NOT (stayed AND ended.next_at IS NULL)`,
        values: [
          rows.map(({ jobId }) => jobId),
          rows.map(({ lockedAt }) => lockedAt),
          rows.map(({ seenAt }) => seenAt),
          rows.map(({ nextAt }) => nextAt),
          rows.map(({ startedAt }) => startedAt),
          rows.map(({ endedAt }) => endedAt),
        ],
      });
    },

    async find(jobIds) {
      const { rows } = await pool.query<StoredRow>({
        name: 'latchkey-alarms-find',
        text: `SELECT ${storedColumns} FROM job WHERE id = ANY($1::uuid[]) AND name = '${ALARM_JOB}'`,
        values: [jobIds],
      });
      return rows.map(toStored);
    },

    async page({ after, limit }) {
      const { rows } = await pool.query<StoredRow>({
        name: 'latchkey-alarms-page',
        text: `SELECT ${storedColumns} FROM job WHERE id > $1 AND name = '${ALARM_JOB}' ORDER BY id LIMIT $2`,
        values: [after ?? '00000000-0000-0000-0000-000000000000', limit],
      });
      return rows.map(toStored);
    },

    async remove(jobIds) {
      await pool.query({
        name: 'latchkey-alarms-remove',
        text: `DELETE FROM job WHERE id = ANY($1::uuid[]) AND name = '${ALARM_JOB}'`,
        values: [jobIds],
      });
    },

    async count(now) {
      const { rows } = await pool.query<AlarmCount>({
        name: 'latchkey-alarms-count',
        text: `SELECT CASE WHEN locked_at IS NOT NULL THEN 'taken' WHEN next_run_at > $1 THEN 'waiting' ELSE 'due' END AS state,
                      count(*)::integer AS count FROM job WHERE name = '${ALARM_JOB}' GROUP BY 1`,
        values: [now],
      });
      return rows;
    },
  };
}

const storedColumns = `id, data->>'accountId' AS account_id, next_run_at, locked_at`;

interface StoredRow {
  readonly id: string;
  readonly account_id: string;
  readonly next_run_at: Date | null;
  readonly locked_at: Date | null;
}

interface DueRow {
  readonly id: string;
  readonly next_run_at: Date | null;
  readonly last_run_at: Date | null;
  readonly locked_at: Date;
  readonly data: LockedAlarm['data'];
}

function toStored({ id, account_id: accountId, next_run_at: at, locked_at: takenAt }: StoredRow) {
  return { jobId: id, accountId, at: at?.getTime() ?? null, takenAt: takenAt?.getTime() ?? null };
}

function toLocked({
  id,
  next_run_at: nextRunAt,
  last_run_at: lastRunAt,
  locked_at: lockedAt,
  data,
}: DueRow): LockedAlarm {
  const ran = lastRunAt ? { lastRunAt } : {};
  return { _id: toJobId(id), name: ALARM_JOB, priority: 0, type: 'normal', nextRunAt, lockedAt, data, ...ran };
}

function byTime(one: LockedAlarm, other: LockedAlarm): number {
  return (one.nextRunAt?.getTime() ?? 0) - (other.nextRunAt?.getTime() ?? 0);
}

function inOrder<Row extends { readonly jobId: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((one, other) => (one.jobId < other.jobId ? -1 : 1));
}
