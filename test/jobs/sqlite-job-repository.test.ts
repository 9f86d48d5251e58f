// oxlint-disable eslint/no-underscore-dangle -- Agenda calls the id of a job _id.
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteFile } from '../../src/jobs/sqlite-file.js';
import type { ClosableJobRepository } from '../../src/jobs/closable-job-repository.js';
import { createSqliteJobRepository } from '../../src/jobs/sqlite-job-repository.js';
import { collectLog, type LogLines } from '../support/log-lines.js';
import { describeJobRepository } from '../contracts/job-repository.contract.js';

let folder: string;
let file: string;
let log: LogLines;
const opened: ClosableJobRepository[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-jobs-'));
  file = join(folder, 'jobs.db');
  log = collectLog();
});
afterEach(async () => {
  for (const repository of opened.splice(0)) await repository.close();
  await rm(folder, { recursive: true });
});

async function connect(): Promise<ClosableJobRepository> {
  const repository = createSqliteJobRepository({ file, log: log.log });
  await repository.connect();
  opened.push(repository);
  return repository;
}

const due = { name: 'purge', type: 'normal', priority: 0, nextRunAt: new Date(0), data: undefined } as const;
const lockDue = (repository: ClosableJobRepository) =>
  repository.getNextJobToRun('purge', new Date(1), new Date(0), undefined, undefined);

describeJobRepository('SQLite', async () => {
  const repository = await connect();
  return { repository, openAnother: connect, close: async () => undefined };
});

describe('the file of jobs', () => {
  it('is made where there is none, and the log says so', async () => {
    await connect();
    expect((await stat(file)).isFile()).toBe(true);
    expect(log.events()).toEqual(['jobs.file_created']);
  });

  it('keeps its jobs over a restart, without a word', async () => {
    const first = await connect();
    await first.saveJob(due, undefined);
    await first.close();
    expect((await (await connect()).queryJobs()).total).toBe(1);
    expect(log.events()).toEqual(['jobs.file_created']);
  });

  it.each([
    ['bytes that are no database', async () => writeFile(file, 'not a database at all, '.repeat(1000))],
    ['pages that were overwritten', damagePages],
    ['the shape of another version', async () => inFile('PRAGMA user_version = 999')],
  ])('with %s is made anew, and the log says so', async (_case, damage) => {
    await damage();
    const repository = await connect();
    await repository.saveJob(due, undefined);
    expect((await repository.queryJobs()).total).toBe(1);
    expect(log.events()).toContain('jobs.file_recreated');
  });

  it('in a folder that cannot be written stops the start with the mend', async () => {
    file = join(folder, 'missing', 'jobs.db');
    await expect(connect()).rejects.toThrow(/jobs\.db cannot be opened \(SQLITE_CANTOPEN\): make its folder writable/);
  });

  it('that is a folder is not deleted', async () => {
    await mkdir(file);
    await expect(connect()).rejects.toThrow('cannot be opened');
    expect((await stat(file)).isDirectory()).toBe(true);
  });
});

describe('locks on SQLite', () => {
  it('are not taken once locking has stopped', async () => {
    const repository = await connect();
    await repository.saveJob(due, undefined);
    repository.stopLocking();
    expect(await lockDue(repository)).toBeUndefined();
  });

  it('are given back by the one who holds them, and no others', async () => {
    const [mine, other] = [await connect(), await connect()];
    const [first, second] = [await mine.saveJob(due, undefined), await mine.saveJob(due, undefined)];
    await mine.lockJob(first, undefined);
    await other.lockJob(second, undefined);
    await mine.releaseLocks();
    expect((await mine.getJobById(first._id!))?.lockedAt).toBeUndefined();
    expect((await mine.getJobById(second._id!))?.lockedAt).toBeDefined();
  });

  it('of a run that has ended are no longer held: somebody else may have the job by then', async () => {
    const [mine, other] = [await connect(), await connect()];
    const job = await mine.saveJob(due, undefined);
    const { lockedAt, ...ended } = (await lockDue(mine))!;
    expect(lockedAt).toBeDefined();
    await mine.saveJobState(ended, undefined);
    await lockDue(other);
    await mine.releaseLocks();
    expect((await mine.getJobById(job._id!))?.lockedAt).toBeDefined();
  });

  it('are found in two steps of the index, never by a scan', async () => {
    await connect();
    const plan = await inFile(
      `EXPLAIN QUERY PLAN SELECT id FROM job WHERE name = 'purge' AND disabled = 0 AND locked_at IS NULL
       AND next_run_at <= 5 ORDER BY next_run_at, priority DESC LIMIT 1`,
    );
    expect(plan.map((row) => row['detail'])).toEqual([
      'SEARCH job USING INDEX job_due (name=? AND disabled=? AND locked_at=? AND next_run_at<?)',
    ]);
  });

  it('can be asked back after the end without ending the process', async () => {
    const repository = await connect();
    const job = await repository.saveJob(due, undefined);
    await repository.close();
    await expect(repository.unlockJob(job)).resolves.toBeUndefined();
    expect(log.events()).toContain('jobs.unlock_failed');
  });
});

it('saving a job again keeps what its last run wrote', async () => {
  const repository = await connect();
  const saved = await repository.saveJob(due, undefined);
  await repository.saveJobState({ ...saved, failCount: 3, failReason: 'because' }, undefined);
  await repository.saveJob(saved, undefined);
  expect(await repository.getJobById(saved._id!)).toMatchObject({ failCount: 3, failReason: 'because' });
});

async function inFile(sql: string) {
  const database = await openSqliteFile(file);
  const rows = await database.all(sql);
  await database.close();
  return rows;
}

/** Overwrites every page after the first, so that the file still opens. */
async function damagePages(): Promise<void> {
  const repository = await connect();
  for (let index = 0; index < 50; index += 1) await repository.saveJob(due, undefined);
  await repository.close();
  const bytes = await readFile(file);
  bytes.fill(0xff, 4096);
  await writeFile(file, bytes);
}
