import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createJobs } from '../../src/jobs/create-jobs.js';
import { createSqliteJobRepository } from '../../src/jobs/sqlite-job-repository.js';
import { silentLog } from '../support/silent-log.js';
import { createTestClock } from '../support/test-clock.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-jobs-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('jobs are alive from their start to their drain, as long as somebody looks for them', async () => {
  const clock = createTestClock();
  const repository = createSqliteJobRepository({ file: join(folder, 'jobs.db'), log: silentLog });
  const rest = { name: 'rest', every: '1 hour', run: async () => undefined };
  const jobs = await createJobs({ repository, clock, log: silentLog, jobs: [rest] });
  expect(jobs.isAlive()).toBe(false);
  await jobs.start();
  expect(jobs.isAlive()).toBe(true);

  clock.advance(60_000);
  expect(jobs.isAlive()).toBe(false);
  await expect.poll(() => jobs.isAlive(), { timeout: 10_000 }).toBe(true); // the next look
  await jobs.drain();
  await repository.close();
  expect(jobs.isAlive()).toBe(false);
});

test('jobs for which nobody looks any more are dead, whatever the wall clock says', async () => {
  const clock = createTestClock();
  const repository = createSqliteJobRepository({ file: join(folder, 'jobs.db'), log: silentLog });
  const jobs = await createJobs({ repository, clock, log: silentLog, jobs: [] });
  await jobs.start(); // without a job Agenda has nothing to look for
  clock.advance(59_999);
  expect(jobs.isAlive()).toBe(true);
  clock.advance(1);
  expect(jobs.isAlive()).toBe(false);
  await jobs.drain();
  await repository.close();
});
