/** From Agenda's ways to name jobs (by id, name, data) to the ids of rows. Called by sqlite-job-repository.ts.
 *  A filter without a criterion matches nothing: "remove the jobs that are like nothing" must not empty the table. */
import type { JobsQueryOptions, RemoveJobsOptions } from 'agenda';
import { toJob } from './job-row.js';
import type { SqlParameters, SqlRow, Statements } from './sqlite-file.js';

/** Ids of the jobs that match every criterion given. */
export async function findJobIds(statements: Statements, options: RemoveJobsOptions): Promise<string[]> {
  const criteria = [options.id, options.ids, options.name, options.names, options.notNames, options.data];
  if (criteria.every((criterion) => criterion === undefined)) return [];
  const rows = await findJobRows(statements, options);
  return rows.map((row) => String(row['id']));
}

/** All rows that match every criterion given, in the order asked for; without a criterion all rows. */
export async function findJobRows(
  statements: Statements,
  options: RemoveJobsOptions & JobsQueryOptions,
): Promise<SqlRow[]> {
  const { where, parameters } = toWhere(options);
  const rows = await statements.all(`SELECT * FROM job WHERE ${where} ORDER BY ${toOrder(options)}`, parameters);
  return options.data === undefined ? rows : rows.filter((row) => contains(toJob(row).data, options.data));
}

function toWhere(options: RemoveJobsOptions & JobsQueryOptions): { where: string; parameters: SqlParameters } {
  const conditions = ['TRUE'];
  const parameters: Record<`$${string}`, string> = {};
  const add = (condition: string, key: `$${string}`, value: string): void => {
    conditions.push(condition);
    parameters[key] = value;
  };
  // Lists travel as one JSON parameter: no limit on their length, nothing to quote.
  if (options.id !== undefined) add('id = $id', '$id', options.id);
  if (options.ids) add('id IN (SELECT value FROM json_each($ids))', '$ids', JSON.stringify(options.ids));
  if (options.name !== undefined) add('name = $name', '$name', options.name);
  if (options.names) add('name IN (SELECT value FROM json_each($names))', '$names', JSON.stringify(options.names));
  if (options.notNames) {
    add('name NOT IN (SELECT value FROM json_each($notNames))', '$notNames', JSON.stringify(options.notNames));
  }
  if (options.search) add('instr(lower(name), lower($search)) > 0', '$search', options.search);
  if (options.includeDisabled === false) conditions.push('disabled = 0');
  return { where: conditions.join(' AND '), parameters };
}

const sortable = {
  nextRunAt: 'next_run_at',
  lastRunAt: 'last_run_at',
  lastFinishedAt: 'last_finished_at',
  priority: 'priority',
  name: 'name',
  data: 'data',
} as const;

function toOrder({ sort = {} }: JobsQueryOptions): string {
  const wanted = Object.entries(sortable).flatMap(([key, column]) => {
    const direction = sort[key as keyof typeof sortable];
    return direction ? [`${column} ${direction === 'asc' ? 'ASC' : 'DESC'} NULLS LAST`] : [];
  });
  return wanted.length > 0 ? wanted.join(', ') : 'next_run_at DESC NULLS LAST, last_run_at DESC NULLS LAST';
}

/** PostgreSQL's `stored @> wanted`: every key and element of `wanted` is in `stored`, which may hold more. */
function contains(stored: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(stored) && wanted.every((item) => stored.some((other) => contains(other, item)));
  }
  if (isRecord(wanted)) {
    return isRecord(stored) && Object.entries(wanted).every(([key, value]) => contains(stored[key], value));
  }
  return stored === wanted;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
