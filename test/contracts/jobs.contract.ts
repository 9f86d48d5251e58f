/** The rules that hold for the jobs, whatever table stands behind them. Run by create-jobs.test.ts on each database. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../src/clock.js';
import type { Alarm } from '../../src/jobs/alarm-table.js';
import type { ClosableJobRepository } from '../../src/jobs/closable-job-repository.js';
import { createJobs, type Jobs } from '../../src/jobs/create-jobs.js';
import type { AlarmHandler } from '../../src/jobs/define-alarms.js';
import type { JobDefinition } from '../../src/jobs/job-definition.js';
import { openJobRepository } from '../../src/jobs/open-job-repository.js';
import { openSqliteFile } from '../../src/jobs/sqlite-file.js';
import { collectLog, type LogLines } from '../support/log-lines.js';
import { createTestClock } from '../support/test-clock.js';
import { openTestDatabase, type DatabaseKind, type TestDatabase } from '../support/test-database.js';

export function describeJobs(kind: DatabaseKind): void {
  describe(`the jobs on ${kind}`, () => {
    let open: TestDatabase;
    let log: LogLines;
    let started: Jobs[] = [];
    let repositories: ClosableJobRepository[] = [];

    beforeEach(async () => {
      open = await openTestDatabase(kind);
      log = collectLog();
    });
    afterEach(async () => {
      for (const jobs of started) await jobs.drain();
      started = [];
      for (const opened of repositories) await opened.close();
      repositories = [];
      await open.close();
    });

    interface StartOptions {
      drainTimeoutMs?: number;
      alarms?: AlarmHandler;
      clock?: Clock;
    }

    async function start(jobs: JobDefinition[], options: StartOptions = {}): Promise<Jobs> {
      const made = await createJobs({ repository: repository(), clock: systemClock, log: log.log, jobs, ...options });
      started.push(made);
      await made.start();
      return made;
    }

    function repository(): ClosableJobRepository {
      const opened = openJobRepository({ ...open, log: log.log });
      repositories.push(opened);
      return opened;
    }

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

    it('recurring jobs come back by themselves into a table that somebody emptied', async () => {
      const clock = createTestClock();
      await start([{ name: 'purge', every: '10 minutes', run: idle }], { clock });
      await repository().purgeAllJobs();
      clock.advance(15_000);
      await expect.poll(rows).toMatchObject([{ name: 'purge' }]);
    });

    describe('alarms', () => {
      const hour = 3_600_000;
      const alarm = (ms: number): Alarm => {
        const jobId = randomUUID();
        return { jobId, at: Date.now() + ms, data: { accountId: `acc_${jobId}`, userId: 'anna', providerId: 'demo' } };
      };
      async function put(...alarms: Alarm[]): Promise<ClosableJobRepository> {
        const table = repository();
        await table.connect();
        await table.alarms.put(alarms);
        return table;
      }
      const find = async (table: ClosableJobRepository, { jobId }: Alarm) => (await table.alarms.find([jobId]))[0];

      it('an alarm rings for its account, before its time never, and goes where its handler says', async () => {
        const [due, later] = [alarm(300), alarm(hour)];
        const table = await put(due, later);
        const rung: unknown[] = [];
        const next = Date.now() + 2 * hour;
        const jobs = await start([], {
          alarms: {
            limit: 4,
            async ring(told) {
              rung.push([told, Date.now() >= due.at]);
              return next;
            },
          },
        });
        await expect.poll(() => rung).toEqual([[{ ...due.data, jobId: due.jobId }, true]]);
        await jobs.drain();
        expect(await find(table, due)).toMatchObject({ at: next, takenAt: null });
        expect(await find(table, later)).toMatchObject({ at: later.at, takenAt: null });
      });

      it('one that was moved while it rang stays where it was moved to', async () => {
        const due = alarm(0);
        const table = await put(due);
        const moved = Date.now() + 3 * hour;
        const ring = async (): Promise<number> => {
          await table.alarms.put([{ ...due, at: moved }]);
          return Date.now() + hour;
        };
        await start([], { alarms: { limit: 4, ring } });
        await expect.poll(() => find(table, due)).toMatchObject({ at: moved, takenAt: null });
      });

      it('one that is not to ring again is removed, and a drain does not wait for it', async () => {
        const due = alarm(0);
        const table = await put(due);
        const rang = signal();
        const ring = async (): Promise<null> => (rang.give(), null);
        const jobs = await start([], { alarms: { limit: 4, ring } });
        await rang.given;
        await jobs.drain();
        expect(await find(table, due)).toBeUndefined();
      });

      it('one whose handler fails is a line in the log and rings again later', async () => {
        const due = alarm(0);
        const table = await put(due);
        await start([], { alarms: { limit: 4, ring: () => Promise.reject(new Error('no disk')) } });
        await expect.poll(async () => (await find(table, due))?.at).toBeGreaterThan(Date.now() + 5000);
        expect(log.lines.find((line) => line['event'] === 'job.failed')).toMatchObject({
          job: 'refresh-account',
          accountId: due.data.accountId,
        });
      });

      it('as many ring at once as the limit says, and all of them without waiting for the next look', async () => {
        const table = await put(...Array.from({ length: 60 }, () => alarm(-1000)));
        let [now, most, rung] = [0, 0, 0];
        let looks = 0;
        const ring = async (): Promise<null> => {
          most = Math.max(most, (now += 1));
          await new Promise((resolve) => setImmediate(resolve));
          [now, rung] = [now - 1, rung + 1];
          return null;
        };
        const counted = {
          ...table.alarms,
          lockDue: (ask: Parameters<typeof table.alarms.lockDue>[0]) => ((looks += 1), table.alarms.lockDue(ask)),
        };
        const made = await createJobs({
          repository: { ...table, alarms: counted },
          clock: systemClock,
          log: log.log,
          jobs: [],
          alarms: { limit: 4, ring },
        });
        started.push(made);
        await made.start();
        await expect.poll(() => rung, { timeout: 20_000 }).toBe(60);
        expect(most).toBeLessThanOrEqual(4);
        expect(looks).toBeLessThan(60); // several at a time
      });

      it('a drain that waited long enough gives back what rings and what was to ring', async () => {
        const [rings, waits] = [alarm(0), alarm(400)];
        const table = await put(rings, waits);
        const [began, mayEnd] = [signal(), signal()];
        const ring = async (): Promise<null> => {
          began.give();
          await mayEnd.given;
          return null;
        };
        const jobs = await start([], { alarms: { limit: 4, ring }, drainTimeoutMs: 1 });
        await began.given;
        await jobs.drain();
        expect((await find(table, rings))?.takenAt).toBeNull();
        expect((await find(table, waits))?.takenAt).toBeNull();
        mayEnd.give();
        await new Promise((resolve) => setImmediate(resolve));
        expect(await find(table, rings)).toMatchObject({ at: rings.at }); // the late end writes nothing
      });
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
