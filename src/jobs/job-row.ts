/** Between Agenda's JobParameters and our row of jobs.db: times are epoch milliseconds, data is JSON text.
 *  Called by sqlite-job-repository.ts and save-job.ts. */
import { toJobId, type JobParameters } from 'agenda';
import type { SqlParameters, SqlRow, SqlValue } from './sqlite-file.js';

/** What whoever defines a job decides; the processor's own columns are left alone by a save. */
export const definedColumns = [
  'name',
  'priority',
  'next_run_at',
  'type',
  'repeat_interval',
  'repeat_timezone',
  'repeat_at',
  'data',
  'disabled',
  'fork',
  'start_date',
  'end_date',
  'skip_days',
  'last_modified_by',
] as const;

type Parameters<Column extends string> = SqlParameters & Readonly<Record<`$${Column}`, SqlValue>>;
type DefinedParameters = Parameters<(typeof definedColumns)[number]>;

export function definedParameters(job: JobParameters, modifiedBy: string | undefined): DefinedParameters {
  return {
    $name: job.name,
    $priority: job.priority,
    $next_run_at: toTime(job.nextRunAt),
    $type: job.type,
    $repeat_interval: job.repeatInterval ?? null,
    $repeat_timezone: job.repeatTimezone ?? null,
    $repeat_at: job.repeatAt ?? null,
    $data: toJson(job.data),
    $disabled: job.disabled ? 1 : 0,
    $fork: job.fork ? 1 : 0,
    $start_date: toTime(job.startDate),
    $end_date: toTime(job.endDate),
    $skip_days: toJson(job.skipDays),
    $last_modified_by: modifiedBy ?? null,
  };
}

/** What the processor decides while a job runs. */
export const stateColumns = [
  'locked_at',
  'next_run_at',
  'last_run_at',
  'progress',
  'fail_reason',
  'fail_count',
  'failed_at',
  'last_finished_at',
  'last_modified_by',
] as const;

export function stateParameters(
  job: JobParameters,
  modifiedBy: string | undefined,
): Parameters<(typeof stateColumns)[number]> {
  return {
    $locked_at: toTime(job.lockedAt),
    $next_run_at: toTime(job.nextRunAt),
    $last_run_at: toTime(job.lastRunAt),
    $progress: job.progress ?? null,
    $fail_reason: job.failReason ?? null,
    $fail_count: job.failCount ?? null,
    $failed_at: toTime(job.failedAt),
    $last_finished_at: toTime(job.lastFinishedAt),
    $last_modified_by: modifiedBy ?? null,
  };
}

export function toJob(row: SqlRow): JobParameters & { _id: NonNullable<JobParameters['_id']> } {
  return {
    _id: toJobId(text(row, 'id')),
    name: text(row, 'name'),
    priority: number(row, 'priority') ?? 0,
    nextRunAt: date(row, 'next_run_at') ?? null,
    type: row['type'] === 'single' ? 'single' : 'normal',
    data: json(row, 'data'),
    disabled: row['disabled'] === 1,
    fork: row['fork'] === 1,
    ...known('lockedAt', date(row, 'locked_at')),
    ...known('lastRunAt', date(row, 'last_run_at')),
    ...known('lastFinishedAt', date(row, 'last_finished_at')),
    ...known('failedAt', date(row, 'failed_at')),
    ...known('failCount', number(row, 'fail_count')),
    ...known('failReason', row['fail_reason']?.toString()),
    ...known('repeatInterval', row['repeat_interval']),
    ...known('repeatTimezone', row['repeat_timezone']?.toString()),
    ...known('repeatAt', row['repeat_at']?.toString()),
    ...known('progress', number(row, 'progress')),
    ...known('debounceStartedAt', date(row, 'debounce_started_at')),
    ...known('startDate', date(row, 'start_date')),
    ...known('endDate', date(row, 'end_date')),
    ...known('skipDays', days(row)),
    ...known('lastModifiedBy', row['last_modified_by']?.toString()),
  };
}

export function toTime(moment: Date | null | undefined): number | null {
  return moment ? moment.getTime() : null;
}

function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** The key alone where there is a value: an absent column is an absent key. */
function known<Key extends string, Value>(key: Key, value: Value | null | undefined): Partial<Record<Key, Value>> {
  const part: Partial<Record<Key, Value>> = {};
  if (value !== null && value !== undefined) part[key] = value;
  return part;
}

function text(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new Error(`jobs.db: the column ${column} of a job holds no text`);
  return value;
}

function number(row: SqlRow, column: string): number | undefined {
  const value = row[column];
  return typeof value === 'number' ? value : undefined;
}

function date(row: SqlRow, column: string): Date | undefined {
  const value = number(row, column);
  return value === undefined ? undefined : new Date(value);
}

/** Agenda types the data of a job that it reads as void; whoever defined the job knows what it is. */
function json(row: SqlRow, column: string): JobParameters['data'] {
  const value = row[column];
  return typeof value === 'string' ? JSON.parse(value) : undefined;
}

function days(row: SqlRow): number[] | undefined {
  const value: unknown = typeof row['skip_days'] === 'string' ? JSON.parse(row['skip_days']) : undefined;
  return Array.isArray(value) ? value.filter((day) => typeof day === 'number') : undefined;
}
