import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { createJobs, type Jobs } from '../../src/jobs/create-jobs.js';
import type { JobDefinition } from '../../src/jobs/job-definition.js';
import { createSqliteJobRepository } from '../../src/jobs/sqlite-job-repository.js';
import { openSqliteFile } from '../../src/jobs/sqlite-file.js';
import { collectLog, type LogLines } from '../support/log-lines.js';

let folder: string;
let file: string;
let log: LogLines;
let started: Jobs[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-jobs-'));
  file = join(folder, 'jobs.db');
  log = collectLog();
});
afterEach(async () => {
  for (const jobs of started) await jobs.drain();
  started = [];
  await rm(folder, { recursive: true });
});

async function start(jobs: JobDefinition[], options: { drainTimeoutMs?: number } = {}): Promise<Jobs> {
  const made = await createJobs({ repository: repository(), clock: systemClock, log: log.log, jobs, ...options });
  started.push(made);
  await made.start();
  return made;
}

const repository = () => createSqliteJobRepository({ file, log: log.log });

async function rows() {
  const database = await openSqliteFile(file);
  const found = await database.all('SELECT * FROM job');
  await database.close();
  return found;
}

it('a recurring job runs at once at its first start, and is given its next time', async () => {
  const ran = signal();
  const jobs = await start([{ name: 'purge', every: '10 minutes', run: async () => ran.give() }]);
  await ran.given;
  await jobs.drain();
  expect(await rows()).toMatchObject([{ name: 'purge', type: 'single', locked_at: null, fail_count: null }]);
  expect((await rows())[0]?.['next_run_at']).toBeGreaterThan(Date.now());
  expect(log.events()).toContain('job.done');
});

it('the same recurring job over three starts is one row, and a start does not hurry it', async () => {
  let runs = 0;
  const ran = signal();
  const run = async (): Promise<void> => {
    runs += 1;
    ran.give();
  };
  const purge = { name: 'purge', every: '10 minutes', run };
  const first = await start([purge]);
  await ran.given;
  await first.drain();
  const [before] = await rows();
  await (await start([purge])).drain();
  await (await start([purge])).drain();
  expect(await rows()).toEqual([before]);
  expect(runs).toBe(1);
});

it('a job that fails is a line in the log and runs again at its next time', async () => {
  const again = signal();
  let runs = 0;
  await start([
    {
      name: 'purge',
      every: '1 second',
      run: async () => {
        runs += 1;
        if (runs === 1) throw new Error('the disk is full');
        again.give();
      },
    },
  ]);
  await again.given;
  expect(log.lines.find((line) => line['event'] === 'job.failed')).toMatchObject({
    job: 'purge',
    err: { message: 'the disk is full' },
  });
});

it('what a failed job said goes to the log and not into the file of jobs', async () => {
  const ran = signal();
  const run = async (): Promise<void> => {
    ran.give();
    throw new Error('quoted a marker-4711');
  };
  const jobs = await start([{ name: 'purge', every: '10 minutes', run }]);
  await ran.given;
  await jobs.drain();
  expect(JSON.stringify(log.lines)).toContain('marker-4711');
  expect(JSON.stringify(await rows())).toContain('The job failed');
  expect(JSON.stringify(await rows())).not.toContain('marker-4711');
});

it('one failing job does not keep another from running', async () => {
  const ran = signal();
  await start([
    { name: 'broken', every: '10 minutes', run: () => Promise.reject(new Error('no')) },
    { name: 'purge', every: '10 minutes', run: async () => ran.give() },
  ]);
  await ran.given;
});

it('a drain waits for the job that runs and leaves no lock', async () => {
  const [began, mayEnd] = [signal(), signal()];
  let ended = false;
  const run = async (): Promise<void> => {
    began.give();
    await mayEnd.given;
    ended = true;
  };
  const jobs = await start([{ name: 'purge', every: '10 minutes', run }]);
  await began.given;
  expect((await rows())[0]?.['locked_at']).not.toBeNull();
  const drained = jobs.drain();
  mayEnd.give();
  await drained;
  expect(ended).toBe(true);
  expect((await rows())[0]?.['locked_at']).toBeNull();
});

it('a drain that waited long enough gives the lock of the running job back, so that the next start runs it', async () => {
  const [began, mayEnd] = [signal(), signal()];
  const run = async (): Promise<void> => {
    began.give();
    await mayEnd.given;
  };
  const jobs = await start([{ name: 'purge', every: '10 minutes', run }], { drainTimeoutMs: 1 });
  await began.given;
  await jobs.drain();
  expect((await rows())[0]?.['locked_at']).toBeNull();
  expect(log.lines.at(-1)).toMatchObject({ event: 'jobs.drained', stillRunning: 1 });
  mayEnd.give();
});

it('draining before the start and twice is no fault', async () => {
  const jobs = await createJobs({ repository: repository(), clock: systemClock, log: log.log, jobs: [] });
  await jobs.drain();
  await jobs.drain();
});

it('an interval that is none stops the start and names the job', async () => {
  const never = { name: 'purge', every: 'whenever it suits', run: async () => undefined };
  await expect(start([never])).rejects.toThrow('"purge"');
});

it('the row of a job that this version no longer has is removed', async () => {
  await (await start([{ name: 'old', every: '10 minutes', run: idle }])).drain();
  await (await start([{ name: 'new', every: '10 minutes', run: idle }])).drain();
  expect((await rows()).map((row) => row['name'])).toEqual(['new']);
});

it('a file of jobs that cannot be opened fails the start instead of hanging it', async () => {
  file = join(folder, 'missing', 'jobs.db');
  await expect(createJobs({ repository: repository(), clock: systemClock, log: log.log, jobs: [] })).rejects.toThrow('cannot be opened');
});

async function idle(): Promise<void> {}

/** A promise that the test, or the job, fulfils. */
function signal(): { given: Promise<void>; give(): void } {
  const waiting: (() => void)[] = [];
  const given = new Promise<void>((resolve) => waiting.push(resolve));
  return { given, give: () => waiting[0]?.() };
}
