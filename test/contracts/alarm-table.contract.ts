/** The rules that hold for alarms in the table of jobs, whichever it is. Run by alarm-table.test.ts on each database. */
// oxlint-disable eslint/no-underscore-dangle -- Agenda calls the id of a job _id.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALARM_JOB, type AlarmTable, type EndedAlarm, type LockedAlarm } from '../../src/jobs/alarm-table.js';
import type { ClosableJobRepository } from '../../src/jobs/closable-job-repository.js';
import { openJobRepository } from '../../src/jobs/open-job-repository.js';
import { silentLog } from '../support/silent-log.js';
import { openTestDatabase, type DatabaseKind, type TestDatabase } from '../support/test-database.js';

const start = 1_764_000_000_000;
const at = (ms: number): Date => new Date(start + ms);

export function describeAlarmTable(kind: DatabaseKind): void {
  describe(`the alarms on ${kind}`, () => {
    let open: TestDatabase;
    let repository: ClosableJobRepository;
    let table: AlarmTable;

    beforeEach(async () => {
      open = await openTestDatabase(kind);
      repository = openJobRepository({ ...open, log: silentLog });
      await repository.connect();
      table = repository.alarms;
    });
    afterEach(async () => {
      await repository.close();
      await open.close();
    });

    const alarm = (ms: number, jobId = randomUUID(), accountId = `acc_${jobId}`) => {
      return { jobId, at: start + ms, data: { accountId, userId: 'anna', providerId: 'demo' } };
    };
    const lockDue = (more: { limit?: number; until?: Date; deadline?: Date; now?: Date } = {}) =>
      table.lockDue({ until: at(1000), deadline: at(-60_000), now: at(0), limit: 10, by: 'tester', ...more });
    const ended = (job: LockedAlarm, more: Partial<EndedAlarm> = {}): EndedAlarm => ({
      jobId: job._id,
      lockedAt: job.lockedAt!,
      seenAt: job.nextRunAt,
      nextAt: at(5000),
      startedAt: at(1),
      endedAt: at(2),
      ...more,
    });
    const timeOf = async (jobId: string): Promise<number | null | undefined> => {
      const [found] = await table.find([jobId]);
      return found && (found.at === null ? null : found.at - start);
    };

    it('an alarm that is put is a job with whom it wakes, and put again it is the same job at another time', async () => {
      const one = alarm(0);
      await table.put([one]);
      await table.put([{ ...one, at: start + 700 }]);
      expect((await repository.queryJobs()).jobs).toMatchObject([
        { _id: one.jobId, name: ALARM_JOB, type: 'normal', nextRunAt: at(700), data: one.data, disabled: false },
      ]);
    });

    it('an alarm that was removed is made again by being put, which saving a job by its id does not do', async () => {
      const one = alarm(0);
      await table.put([one]);
      const job = (await repository.getJobById(one.jobId))!;
      await table.remove([one.jobId]);
      await repository.saveJob(job, undefined);
      expect(await timeOf(one.jobId)).toBeUndefined();
      await table.put([one]);
      expect(await timeOf(one.jobId)).toBe(0);
    });

    it('due ones are locked together, the earliest first, and never two times', async () => {
      const [late, early, future] = [alarm(20), alarm(10), alarm(60_000)];
      await table.put([late, early, future]);
      const locked = await lockDue();
      expect(locked.map((job) => job._id)).toEqual([early.jobId, late.jobId]);
      expect(locked[0]).toMatchObject({ name: ALARM_JOB, nextRunAt: at(10), lockedAt: at(0), data: early.data });
      expect(await lockDue()).toEqual([]);
    });

    it('of more than there is room for, the earliest are locked', async () => {
      const alarms = [3, 1, 2, 5, 4].map((ms) => alarm(ms));
      await table.put(alarms);
      expect((await lockDue({ limit: 3 })).map((job) => job.nextRunAt)).toEqual([at(1), at(2), at(3)]);
    });

    it('200 due alarms are handed out once each to several that ask together', async () => {
      const another = openJobRepository({ ...open, log: silentLog });
      await another.connect();
      await table.put(Array.from({ length: 200 }, (_, index) => alarm(index)));
      const asked = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? table : another.alarms).lockDue({
            until: at(1000),
            deadline: at(-1),
            now: at(0),
            limit: 10,
            by: null,
          }),
        ),
      );
      const ids = asked.flat().map((job) => job._id);
      // Those that another is just locking are passed over, so some may be left; none is given twice.
      expect(new Set(ids).size).toBe(ids.length);
      const rest = await lockDue({ limit: 200 });
      expect(ids.length + rest.length).toBe(200);
      await another.close();
    });

    it('a lock that is too old is taken over, before what is due', async () => {
      const [dead, due] = [alarm(0), alarm(-500)];
      await table.put([dead]);
      await lockDue({ now: at(-100_000) });
      await table.put([due]);
      expect((await lockDue({ limit: 1 })).map((job) => job._id)).toEqual([dead.jobId]);
    });

    it('a disabled one, and a job of another name, are left alone', async () => {
      const one = alarm(0);
      await table.put([one]);
      await repository.saveJob({ name: 'purge', type: 'normal', priority: 0, nextRunAt: at(0), data: null }, undefined);
      await repository.disableJobs({ id: one.jobId });
      expect(await lockDue()).toEqual([]);
      const [other] = (await repository.queryJobs({ name: 'purge' })).jobs;
      expect(await table.find([other!._id])).toEqual([]);
      await table.remove([other!._id]);
      expect((await table.page({ after: null, limit: 9 })).map(({ jobId }) => jobId)).toEqual([one.jobId]);
      expect((await repository.queryJobs()).total).toBe(2);
    });

    it('a run that ends frees its job for its next time, and one without a next time is removed', async () => {
      const [stays, goes] = [alarm(0), alarm(0)];
      await table.put([stays, goes]);
      const locked = await lockDue();
      await table.endRuns(locked.map((job) => ended(job, job._id === goes.jobId ? { nextAt: null } : {})));
      expect(await repository.getJobById(goes.jobId)).toBeNull();
      const job = await repository.getJobById(stays.jobId);
      expect(job).toMatchObject({ nextRunAt: at(5000), lastRunAt: at(1), lastFinishedAt: at(2) });
      expect(job?.lockedAt).toBeUndefined();
    });

    it('a move made while the job ran is not written over by its end', async () => {
      const [moved, kept] = [alarm(0), alarm(0)];
      await table.put([moved, kept]);
      const locked = await lockDue();
      await table.put([alarm(777, moved.jobId), alarm(777, kept.jobId)]);
      await table.endRuns(locked.map((job) => ended(job, job._id === kept.jobId ? { nextAt: null } : {})));
      expect([await timeOf(moved.jobId), await timeOf(kept.jobId)]).toEqual([777, 777]);
      expect(await lockDue()).toHaveLength(2); // and both are free
    });

    it('the end of a run whose job was taken over by another changes nothing', async () => {
      const one = alarm(0);
      await table.put([one]);
      const [first] = await lockDue({ now: at(-100_000) });
      const [second] = await lockDue({ now: at(0) });
      await table.endRuns([ended(first!)]);
      expect((await table.find([one.jobId]))[0]).toMatchObject({ at: start, takenAt: second!.lockedAt!.getTime() });
    });

    it('the end of a run whose job is gone makes no job', async () => {
      const one = alarm(0);
      await table.put([one]);
      const [job] = await lockDue();
      await table.remove([one.jobId]);
      await table.endRuns([ended(job!)]);
      expect(await timeOf(one.jobId)).toBeUndefined();
    });

    it('pages go through all alarms once', async () => {
      const alarms = Array.from({ length: 7 }, (_, index) => alarm(index));
      await table.put(alarms);
      const seen: string[] = [];
      for (let after: string | null = null; ;) {
        const page = await table.page({ after, limit: 3 });
        seen.push(...page.map(({ jobId }) => jobId));
        if (page.length < 3) break;
        after = page.at(-1)!.jobId;
      }
      expect(seen).toEqual(alarms.map(({ jobId }) => jobId).toSorted());
    });

    it('they are counted by whether they wait, are due, or are taken', async () => {
      await table.put([alarm(-5), alarm(-4), alarm(-3), alarm(10_000)]);
      await lockDue({ limit: 1 });
      const counts = await table.count(at(0));
      expect(Object.fromEntries(counts.map(({ state, count }) => [state, count]))).toEqual({
        waiting: 1,
        due: 2,
        taken: 1,
      });
    });
  });
}
