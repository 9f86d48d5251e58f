/** The rules that hold for the jobs, whatever table stands behind them. Run by create-jobs.test.ts on each database. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { createJobs, type Jobs } from '../../src/jobs/create-jobs.js';
import type { JobDefinition } from '../../src/jobs/job-definition.js';
import { openJobRepository } from '../../src/jobs/open-job-repository.js';
import { openSqliteFile } from '../../src/jobs/sqlite-file.js';
import { collectLog, type LogLines } from '../support/log-lines.js';
import { openTestDatabase, type DatabaseKind, type TestDatabase } from '../support/test-database.js';

export function describeJobs(kind: DatabaseKind): void {
  describe(`the jobs on ${kind}`, () => {
    let open: TestDatabase;
    let log: LogLines;
    let started: Jobs[] = [];

    beforeEach(async () => {
      open = await openTestDatabase(kind);
      log = collectLog();
    });
    afterEach(async () => {
      for (const jobs of started) await jobs.drain();
      started = [];
      await open.close();
    });

    async function start(jobs: JobDefinition[], options: { drainTimeoutMs?: number } = {}): Promise<Jobs> {
      const made = await createJobs({ repository: repository(), clock: systemClock, log: log.log, jobs, ...options });
      started.push(made);
      await made.start();
      return made;
    }

    const repository = () => openJobRepository({ ...open, log: log.log });

    /** As they stand in the table, times as epoch milliseconds. */
    async function rows(): Promise<Record<string, unknown>[]> {
      if (open.config.kind === 'postgres') {
        return open.database.reader.query(
          `SELECT name, type, fail_count, fail_reason, (extract(epoch from locked_at) * 1000)::float8 AS locked_at,
         (extract(epoch from next_run_at) * 1000)::float8 AS next_run_at FROM job`,
        );
      }
      const database = await openSqliteFile(open.config.jobsFile);
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
  });
}

async function idle(): Promise<void> {}

/** A promise that the test, or the job, fulfils. */
function signal(): { given: Promise<void>; give(): void } {
  const waiting: (() => void)[] = [];
  const given = new Promise<void>((resolve) => waiting.push(resolve));
  return { given, give: () => waiting[0]?.() };
}
