/** Alarms in jobs.db: see alarm-table.ts. Called by sqlite-job-repository.ts. Lists travel as one JSON parameter. */
import type { AlarmCount } from '../observe/scrape-reader.js';
import type { SqliteFile, SqlRow } from './sqlite-file.js';
import { ALARM_JOB, type AlarmTable, type LockedAlarm } from './alarm-table.js';
import { toJob, toTime } from './job-row.js';

export function createSqliteAlarmTable(open: () => Promise<SqliteFile>): AlarmTable {
  return {
    async put(alarms) {
      const rows = alarms.map(({ jobId, at, data }) => [jobId, at, JSON.stringify(data)]);
      await (
        await open()
      ).run(
        `INSERT INTO job (id, name, priority, next_run_at, type, data, disabled, fork, last_modified_by)
         SELECT value ->> 0, '${ALARM_JOB}', 0, value ->> 1, 'normal', value ->> 2, 0, 0, 'latchkey'
           FROM json_each($alarms) WHERE TRUE
         ON CONFLICT (id) DO UPDATE SET next_run_at = excluded.next_run_at`,
        { $alarms: JSON.stringify(rows) },
      );
    },

    async lockDue({ until, deadline, now, limit, by }) {
      const rows = await (
        await open()
      ).all(
        `UPDATE job SET locked_at = $now, last_modified_by = $by WHERE id IN (
           SELECT id FROM (
             SELECT * FROM (SELECT id FROM job WHERE name = '${ALARM_JOB}' AND disabled = 0 AND locked_at <= $deadline
                             ORDER BY locked_at LIMIT $limit)
             UNION ALL
             SELECT * FROM (SELECT id FROM job WHERE name = '${ALARM_JOB}' AND disabled = 0 AND locked_at IS NULL
                               AND next_run_at <= $until ORDER BY next_run_at LIMIT $limit))
           LIMIT $limit)
         RETURNING *`,
        { $now: now.getTime(), $by: by, $deadline: deadline.getTime(), $until: until.getTime(), $limit: limit },
      );
      return rows.map(toJob).toSorted(byTime);
    },

    async endRuns(ended) {
      const rows = ended.map(({ jobId, lockedAt, seenAt, nextAt, startedAt, endedAt }) => [
        jobId,
        ...[lockedAt, seenAt, nextAt, startedAt, endedAt].map(toTime),
      ]);
      const runs = { $runs: JSON.stringify(rows) };
      await (
        await open()
      ).transaction(async (statements) => {
        await statements.run(
          `DELETE FROM job WHERE id IN (
             SELECT job.id FROM json_each($runs) AS run JOIN job ON job.id = run.value ->> 0
              WHERE job.locked_at = run.value ->> 1 AND job.next_run_at IS run.value ->> 2 AND run.value ->> 3 IS NULL)`,
          runs,
        );
        await statements.run(
          `UPDATE job SET locked_at = NULL, last_run_at = run.value ->> 4, last_finished_at = run.value ->> 5,
                  next_run_at = CASE WHEN job.next_run_at IS run.value ->> 2 THEN run.value ->> 3 ELSE job.next_run_at END
             FROM json_each($runs) AS run WHERE job.id = run.value ->> 0 AND job.locked_at = run.value ->> 1`,
          runs,
        );
      });
    },

    async find(jobIds) {
      const rows = await (
        await open()
      ).all(
        `SELECT ${storedColumns} FROM job WHERE id IN (SELECT value FROM json_each($ids)) AND +name = '${ALARM_JOB}'`,
        { $ids: JSON.stringify(jobIds) },
      );
      return rows.map(toStored);
    },

    async page({ after, limit }) {
      const rows = await (
        await open()
      ).all(`SELECT ${storedColumns} FROM job WHERE id > $after AND +name = '${ALARM_JOB}' ORDER BY id LIMIT $limit`, {
        $after: after ?? '',
        $limit: limit,
      });
      return rows.map(toStored);
    },

    async remove(jobIds) {
      await (
        await open()
      ).run(`DELETE FROM job WHERE id IN (SELECT value FROM json_each($ids)) AND +name = '${ALARM_JOB}'`, {
        $ids: JSON.stringify(jobIds),
      });
    },

    async count(now) {
      const rows = await (
        await open()
      ).all(
        `SELECT CASE WHEN locked_at IS NOT NULL THEN 'taken' WHEN next_run_at > $now THEN 'waiting' ELSE 'due' END AS state,
                count(*) AS count FROM job WHERE name = '${ALARM_JOB}' GROUP BY 1`,
        { $now: now.getTime() },
      );
      return rows.map((row) => ({ state: row['state'] as AlarmCount['state'], count: Number(row['count']) }));
    },
  };
}

const storedColumns = `id, data ->> 'accountId' AS account_id, next_run_at, locked_at`;

function toStored(row: SqlRow) {
  const time = (column: string): number | null => (row[column] === null ? null : Number(row[column]));
  return {
    jobId: String(row['id']),
    accountId: String(row['account_id']),
    at: time('next_run_at'),
    takenAt: time('locked_at'),
  };
}

function byTime(one: LockedAlarm, other: LockedAlarm): number {
  return (one.nextRunAt?.getTime() ?? 0) - (other.nextRunAt?.getTime() ?? 0);
}
