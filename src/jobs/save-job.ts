/** Agenda's saveJob on SQLite: by id, once a name (`single`), once a match (`unique`, with debounce), or simply new.
 *  Called by sqlite-job-repository.ts inside one transaction, so that here, unlike elsewhere, unique() is atomic. */
// oxlint-disable eslint/no-underscore-dangle -- Agenda calls the id of a job _id.
import type { JobParameters, UniqueOpts } from 'agenda';
import { definedColumns, definedParameters, toTime } from './job-row.js';
import type { SqlParameters, SqlRow, Statements } from './sqlite-file.js';

export interface JobToSave {
  job: JobParameters;
  modifiedBy: string | undefined;
  /** Epoch milliseconds. */
  now: number;
}

/** The row as it now is; null when the job came with an id that is gone, in which case nothing is written. */
export async function saveJob(statements: Statements, save: JobToSave): Promise<SqlRow | null> {
  const { job } = save;
  if (job._id) return updateById(statements, save, job._id);
  if (job.type === 'single') return insertOrMeet(statements, save);
  if (!job.unique) return insert(statements, save, {});
  const met = await findUnique(statements, job.name, job.unique);
  return met ? meet(statements, save, met) : insert(statements, save, debounceOf(save, null));
}

async function updateById(statements: Statements, save: JobToSave, id: string): Promise<SqlRow | null> {
  const [row] = await statements.all(
    `UPDATE job SET ${assign(definedColumns)} WHERE id = $id AND name = $name RETURNING *`,
    { ...definedParameters(save.job, save.modifiedBy), $id: id },
  );
  return row ?? null;
}

/** A recurring job asks to run "now" each time the process starts; an earlier appointment is kept, so that restarts
 *  neither hurry it nor, all the same, put it off. */
function insertOrMeet(statements: Statements, save: JobToSave): Promise<SqlRow> {
  const others = definedColumns.filter((column) => column !== 'next_run_at' && column !== 'name');
  return one(
    statements,
    `INSERT INTO job (${definedColumns.join(', ')}) VALUES (${placeholders(definedColumns)})
     ON CONFLICT (name) WHERE type = 'single' DO UPDATE SET
       ${others.map((column) => `${column} = excluded.${column}`).join(', ')},
       next_run_at = CASE WHEN excluded.next_run_at <= $now
         THEN coalesce(job.next_run_at, excluded.next_run_at) ELSE excluded.next_run_at END
     RETURNING *`,
    { ...definedParameters(save.job, save.modifiedBy), $now: save.now },
  );
}

async function findUnique(
  statements: Statements,
  name: string,
  unique: Readonly<Record<string, unknown>>,
): Promise<SqlRow | null> {
  const conditions = ['name = $name'];
  const parameters: Record<`$${string}`, string> = { $name: name };
  for (const [index, [key, value]] of Object.entries(unique).entries()) {
    // The key of a caller becomes a JSON path, which is a value; it never becomes a part of the statement.
    const path = /^data\.([^"]+)$/.exec(key)?.[1];
    if (path === undefined) throw new Error(`Invalid unique constraint field: "${key}" (only data.<key> is known)`);
    conditions.push(`data -> $path${index} = json($value${index})`);
    parameters[`$path${index}`] = `$."${path}"`;
    parameters[`$value${index}`] = JSON.stringify(value);
  }
  const [row] = await statements.all(`SELECT * FROM job WHERE ${conditions.join(' AND ')} LIMIT 1`, parameters);
  return row ?? null;
}

async function meet(statements: Statements, save: JobToSave, met: SqlRow): Promise<SqlRow> {
  const { uniqueOpts } = save.job;
  if (uniqueOpts?.insertOnly && !uniqueOpts.debounce) return met;
  const columns = [...definedColumns, 'debounce_started_at'];
  return one(statements, `UPDATE job SET ${assign(columns)} WHERE id = $id RETURNING *`, {
    ...definedParameters(save.job, save.modifiedBy),
    $debounce_started_at: null,
    ...debounceOf(save, met),
    $id: String(met['id']),
  });
}

interface Debounced {
  $next_run_at?: number | null;
  $debounce_started_at?: number | null;
}

/** When a debounced job runs: `leading` keeps the first appointment, `trailing` moves it to the end of a quiet time,
 *  at most until maxWait after the first save. */
function debounceOf({ job, now }: JobToSave, met: SqlRow | null): Debounced {
  const debounce: UniqueOpts['debounce'] = job.uniqueOpts?.debounce;
  if (!debounce) return {};
  const startedAt = typeof met?.['debounce_started_at'] === 'number' ? met['debounce_started_at'] : now;
  if (debounce.strategy === 'leading') {
    const appointment = met?.['next_run_at'];
    return {
      $next_run_at: typeof appointment === 'number' ? appointment : met ? null : toTime(job.nextRunAt),
      $debounce_started_at: startedAt,
    };
  }
  const isOverdue = met !== null && debounce.maxWait !== undefined && now - startedAt >= debounce.maxWait;
  if (isOverdue) return { $next_run_at: now, $debounce_started_at: null };
  return { $next_run_at: now + debounce.delay, $debounce_started_at: startedAt };
}

function insert(statements: Statements, save: JobToSave, debounced: Debounced): Promise<SqlRow> {
  const columns = [...definedColumns, 'debounce_started_at'];
  return one(statements, `INSERT INTO job (${columns.join(', ')}) VALUES (${placeholders(columns)}) RETURNING *`, {
    ...definedParameters(save.job, save.modifiedBy),
    $debounce_started_at: null,
    ...debounced,
  });
}

async function one(statements: Statements, sql: string, parameters: SqlParameters): Promise<SqlRow> {
  const [row] = await statements.all(sql, parameters);
  if (!row) throw new Error('jobs.db answered a write with no row');
  return row;
}

function assign(columns: readonly string[]): string {
  return columns.map((column) => `${column} = $${column}`).join(', ');
}

function placeholders(columns: readonly string[]): string {
  return columns.map((column) => `$${column}`).join(', ');
}
