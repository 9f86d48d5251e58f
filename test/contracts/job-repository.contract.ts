/** The rules that Agenda and Latchkey need of a job repository, whatever stands behind it. Each backend's test calls
 *  this with a way to open an empty one; times are real, since Agenda's own are, but nothing waits for them. */
// oxlint-disable eslint/no-underscore-dangle -- Agenda calls the id of a job _id.
import type { JobParameters, JobRepository, JobsQueryOptions } from 'agenda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

export interface OpenedRepository {
  readonly repository: JobRepository;
  /** A second repository on the same table, as another process would have it. */
  openAnother(): Promise<JobRepository>;
  close(): Promise<void>;
}

const goneId = '00000000-0000-4000-8000-000000000000';
const hour = 3_600_000;
const fromNow = (ms: number): Date => new Date(Date.now() + ms);

const newJob = (job: Partial<JobParameters>): JobParameters => ({
  name: 'refresh',
  type: 'normal',
  priority: 0,
  nextRunAt: fromNow(-1000),
  data: undefined,
  ...job,
});

export function describeJobRepository(backend: string, open: () => Promise<OpenedRepository>): void {
  describe(`a job repository on ${backend}`, () => {
    let opened: OpenedRepository;
    let repository: JobRepository;

    beforeEach(async () => {
      opened = await open();
      repository = opened.repository;
    });
    afterEach(() => opened.close());

    const save = (job: Partial<JobParameters>) => repository.saveJob(newJob(job), { lastModifiedBy: 'tester' });
    const lockNext = (by = repository, name = 'refresh') =>
      by.getNextJobToRun(name, fromNow(500), fromNow(-hour), undefined, undefined);
    const saveUnique = (accountId: string, more: Partial<JobParameters> = {}) =>
      save({ data: { accountId }, unique: { 'data.accountId': accountId }, ...more });
    const find = async (query: JobsQueryOptions) => (await repository.queryJobs(query)).jobs.map((job) => job._id);
    const countAll = async () => (await repository.queryJobs()).total;

    describe('saving', () => {
      it('a job comes back as it was saved', async () => {
        const job = {
          priority: 10,
          nextRunAt: new Date('2026-03-29T01:30:00.123Z'),
          repeatInterval: '10 minutes',
          repeatTimezone: 'Europe/Paris',
          startDate: new Date('2026-01-01T00:00:00Z'),
          endDate: new Date('2030-01-01T00:00:00Z'),
          skipDays: [0, 6],
        };
        const { _id } = await save(job);
        expect(await repository.getJobById(_id!)).toMatchObject({ ...job, lastModifiedBy: 'tester', disabled: false });
      });

      it('the data of a job may be any JSON', async () => {
        const data = { accountId: 'acc_1', list: [1, 'two', null], deep: { 'odd "key"': true } };
        const { _id } = await repository.saveJob(newJob({ data }), undefined);
        expect((await repository.getJobById(_id!))?.data).toEqual(data);
      });

      it('two normal jobs of one name are two jobs', async () => {
        const [first, second] = [await save({}), await save({})];
        expect(first._id).not.toEqual(second._id);
        expect(await countAll()).toBe(2);
      });

      it('a job saved with its id is changed, not doubled', async () => {
        const saved = await save({});
        const nextRunAt = fromNow(hour);
        await repository.saveJob({ ...saved, nextRunAt }, undefined);
        expect((await repository.getJobById(saved._id!))?.nextRunAt).toEqual(nextRunAt);
        expect(await countAll()).toBe(1);
      });

      it('a job saved with an id that is gone is not made again, and no error tells so', async () => {
        const saved = await save({});
        await repository.removeJobs({ id: saved._id! });
        await expect(repository.saveJob(saved, undefined)).resolves.toMatchObject({ name: 'refresh' });
        expect(await countAll()).toBe(0);
      });

      it('a single job is one row however often and however concurrently it is saved', async () => {
        const another = await opened.openAnother();
        const single = { type: 'single', repeatInterval: '1 hour' } as const;
        await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (index % 2 ? another : repository).saveJob(newJob(single), undefined),
          ),
        );
        expect(await countAll()).toBe(1);
      });

      it('a single job that asks to run now keeps the appointment it has', async () => {
        const appointment = fromNow(hour);
        await save({ type: 'single', nextRunAt: appointment });
        await save({ type: 'single', nextRunAt: fromNow(-1) });
        expect((await repository.queryJobs()).jobs[0]?.nextRunAt).toEqual(appointment);
      });

      it('a single job without an appointment gets the one it asks for', async () => {
        await save({ type: 'single', nextRunAt: null });
        await save({ type: 'single', nextRunAt: fromNow(-1) });
        expect((await repository.queryJobs()).jobs[0]?.nextRunAt).toBeInstanceOf(Date);
      });

      it('a single job is moved to a later time that is asked for', async () => {
        const later = fromNow(2 * hour);
        await save({ type: 'single', nextRunAt: fromNow(hour) });
        await save({ type: 'single', nextRunAt: later });
        expect((await repository.queryJobs()).jobs[0]?.nextRunAt).toEqual(later);
      });
    });

    describe('unique jobs', () => {
      it('a match is changed, no match is a new job', async () => {
        await saveUnique('acc_1');
        await saveUnique('acc_2');
        await saveUnique('acc_1', { priority: 7 });
        const { jobs } = await repository.queryJobs({ data: { accountId: 'acc_1' } });
        expect(jobs.map((job) => job.priority)).toEqual([7]);
        expect(await countAll()).toBe(2);
      });

      it('insertOnly leaves the match as it is', async () => {
        await saveUnique('acc_1', { priority: 1 });
        await saveUnique('acc_1', { priority: 7, uniqueOpts: { insertOnly: true } });
        expect((await repository.queryJobs()).jobs.map((job) => job.priority)).toEqual([1]);
      });

      it('a key that is SQL changes no statement', async () => {
        await save({});
        const key = `name = '' OR 1=1; DROP TABLE job; --`;
        await expect(save({ unique: { [key]: 1 } })).rejects.toThrow('Invalid unique constraint field');
        expect(await countAll()).toBe(1);
      });

      it('a trailing debounce runs after the last save, a leading one keeps the first appointment', async () => {
        const first = fromNow(-5000);
        const debounce = { delay: hour };
        await saveUnique('trailing', { nextRunAt: first, uniqueOpts: { debounce } });
        await saveUnique('leading', {
          nextRunAt: first,
          uniqueOpts: { debounce: { ...debounce, strategy: 'leading' } },
        });
        await saveUnique('leading', { uniqueOpts: { debounce: { ...debounce, strategy: 'leading' } } });
        const [trailing] = (await repository.queryJobs({ data: { accountId: 'trailing' } })).jobs;
        const [leading] = (await repository.queryJobs({ data: { accountId: 'leading' } })).jobs;
        expect(trailing?.nextRunAt?.getTime()).toBeGreaterThan(Date.now());
        expect(leading?.nextRunAt).toEqual(first);
      });

      it('a debounce that has waited maxWait runs now', async () => {
        await saveUnique('acc_1', { uniqueOpts: { debounce: { delay: hour } } });
        const moved = await saveUnique('acc_1', { uniqueOpts: { debounce: { delay: hour, maxWait: -1 } } });
        expect(moved.nextRunAt!.getTime()).toBeLessThanOrEqual(Date.now());
      });
    });

    describe('locking', () => {
      it('a due job is handed to one of twenty processors that ask together', async () => {
        await save({});
        const another = await opened.openAnother();
        const asked = await Promise.all(
          Array.from({ length: 20 }, (_, index) => lockNext(index % 2 ? another : repository)),
        );
        expect(asked.filter(Boolean)).toHaveLength(1);
      });

      it('twenty due jobs are handed out once each', async () => {
        for (let index = 0; index < 20; index += 1) await save({});
        const another = await opened.openAnother();
        const asked = await Promise.all(
          Array.from({ length: 20 }, (_, index) => lockNext(index % 2 ? another : repository)),
        );
        expect(new Set(asked.map((job) => job?._id)).size).toBe(20);
      });

      it('the earliest job goes first, and of those the one of the highest priority', async () => {
        const early = fromNow(-2000);
        await save({ nextRunAt: fromNow(-1000), priority: 20 });
        await save({ nextRunAt: early, priority: 1 });
        await save({ nextRunAt: early, priority: 10 });
        const order = [await lockNext(), await lockNext(), await lockNext()];
        expect(order.map((job) => job?.priority)).toEqual([10, 1, 20]);
      });

      it('a job that is due before the next look is handed out now, a later one is not', async () => {
        await save({ nextRunAt: fromNow(400) });
        await save({ nextRunAt: fromNow(hour) });
        expect(await lockNext()).toBeDefined();
        expect(await lockNext()).toBeUndefined();
      });

      it('a job of another name, a disabled one and one without a time are not handed out', async () => {
        await save({ name: 'other' });
        await save({ disabled: true });
        await save({ nextRunAt: null });
        expect(await lockNext()).toBeUndefined();
      });

      it('a lock that is older than its lifetime is taken over', async () => {
        await save({});
        await lockNext();
        expect(await lockNext()).toBeUndefined();
        const deadline = fromNow(1); // as if the lifetime had passed
        expect(await repository.getNextJobToRun('refresh', fromNow(500), deadline, undefined, undefined)).toBeDefined();
      });

      it('a run that a crash cut off is taken over, though it has no next time', async () => {
        const saved = await save({});
        const locked = await lockNext();
        await repository.saveJobState({ ...locked!, nextRunAt: null }, undefined);
        const taken = await repository.getNextJobToRun('refresh', fromNow(500), fromNow(1), undefined, undefined);
        expect(taken?._id).toBe(saved._id);
      });

      it('the lock names its time and its holder', async () => {
        await save({});
        const now = fromNow(0);
        const locked = await repository.getNextJobToRun('refresh', fromNow(500), fromNow(-hour), now, {
          lastModifiedBy: 'instance-1',
        });
        expect(locked).toMatchObject({ lockedAt: now, lastModifiedBy: 'instance-1' });
      });

      it('lockJob locks the very appointment that was read, once', async () => {
        const saved = await save({});
        expect(await repository.lockJob({ ...saved, nextRunAt: fromNow(hour) }, undefined)).toBeUndefined();
        expect(await repository.lockJob(saved, undefined)).toMatchObject({ _id: saved._id });
        expect(await repository.lockJob(saved, undefined)).toBeUndefined();
      });

      it('an unlocked job is handed out again', async () => {
        const saved = await save({});
        await lockNext();
        await repository.unlockJob(saved);
        expect(await lockNext()).toBeDefined();
        await repository.unlockJobs([saved._id!]);
        expect(await lockNext()).toBeDefined();
      });

      it('unlockJob leaves a job alone that runs for its last time', async () => {
        await save({});
        const running = { ...(await lockNext())!, nextRunAt: null };
        await repository.saveJobState(running, undefined);
        await repository.unlockJob(running);
        expect((await repository.getJobById(running._id!))?.lockedAt).toBeDefined();
      });
    });

    describe('state', () => {
      it('the state of a run is kept and a cleared lock is cleared', async () => {
        await save({});
        const { lockedAt, ...locked } = (await lockNext())!;
        expect(lockedAt).toBeDefined();
        const state = { lastRunAt: fromNow(-20), lastFinishedAt: fromNow(-10), failedAt: fromNow(-10) };
        const failure = { failReason: 'because', failCount: 2, progress: 50 };
        await repository.saveJobState({ ...locked, ...state, ...failure, nextRunAt: fromNow(hour) }, undefined);
        const stored = await repository.getJobById(locked._id!);
        expect(stored).toMatchObject({ ...state, ...failure });
        expect(stored?.lockedAt).toBeUndefined();
      });

      it('the state of a job that is gone is refused, so that nobody takes it for saved', async () => {
        const saved = await save({});
        await repository.removeJobs({ id: saved._id! });
        await expect(repository.saveJobState(saved, undefined)).rejects.toThrow();
        await expect(repository.saveJobState(newJob({}), undefined)).rejects.toThrow();
      });
    });

    describe('finding and removing', () => {
      it('a job that is not there is null', async () => {
        expect(await repository.getJobById(goneId)).toBeNull();
      });

      it('jobs are found by id, name, text, data and state', async () => {
        const one = await save({ name: 'purge', data: { a: 1, b: { c: [1, 2] } } });
        const two = await save({ name: 'sweep', nextRunAt: fromNow(hour), disabled: true });
        expect(await find({ id: one._id! })).toEqual([one._id]);
        expect(await find({ ids: [one._id!, goneId] })).toEqual([one._id]);
        expect(await find({ name: 'sweep' })).toEqual([two._id]);
        expect(await find({ names: ['purge', 'nothing'] })).toEqual([one._id]);
        expect(await find({ search: 'WEE' })).toEqual([two._id]);
        expect(await find({ data: { b: { c: [2] } } })).toEqual([one._id]);
        expect(await find({ data: { a: 2 } })).toEqual([]);
        expect(await find({ state: 'queued' })).toEqual([one._id]);
        expect(await find({ state: 'paused' })).toEqual([two._id]);
        expect(await find({ includeDisabled: false })).toEqual([one._id]);
      });

      it('a page is a slice in the order asked for, and the total counts all', async () => {
        for (const priority of [3, 1, 2]) await save({ priority });
        const { jobs, total } = await repository.queryJobs({ sort: { priority: 'asc' }, skip: 1, limit: 1 });
        expect(jobs.map((job) => job.priority)).toEqual([2]);
        expect(total).toBe(3);
      });

      it('the overview counts the jobs of each name by state', async () => {
        await save({ name: 'purge' });
        await save({ name: 'purge', nextRunAt: fromNow(hour) });
        await save({ name: 'sweep' });
        await lockNext(repository, 'sweep');
        const overview = await repository.getJobsOverview();
        expect(overview).toHaveLength(2);
        expect(overview.find(({ name }) => name === 'purge')).toMatchObject({ total: 2, queued: 1, scheduled: 1 });
        expect(overview.find(({ name }) => name === 'sweep')).toMatchObject({ total: 1, running: 1 });
        expect(await repository.getDistinctJobNames()).toEqual(['purge', 'sweep']);
      });

      it('the queue holds the jobs that are due', async () => {
        await save({});
        await save({ nextRunAt: fromNow(hour) });
        expect(await repository.getQueueSize()).toBe(1);
      });

      it('jobs are removed by id, name, exclusion and data, and the number is told', async () => {
        const byId = await save({ name: 'a' });
        await save({ name: 'b' });
        await save({ name: 'c', data: { accountId: 'acc_1' } });
        await save({ name: 'd' });
        await save({ name: 'kept' });
        expect(await repository.removeJobs({ id: byId._id! })).toBe(1);
        expect(await repository.removeJobs({ names: ['a', 'b'] })).toBe(1);
        expect(await repository.removeJobs({ data: { accountId: 'acc_1' } })).toBe(1);
        expect(await repository.removeJobs({ notNames: ['kept'] })).toBe(1);
        expect(await repository.getDistinctJobNames()).toEqual(['kept']);
      });

      it('a filter without a criterion removes, disables and enables nothing', async () => {
        await save({});
        expect(await repository.removeJobs({})).toBe(0);
        expect(await repository.disableJobs({})).toBe(0);
        expect(await repository.enableJobs({})).toBe(0);
        expect(await countAll()).toBe(1);
      });

      it('a disabled job waits until it is enabled', async () => {
        await save({});
        expect(await repository.disableJobs({ name: 'refresh' })).toBe(1);
        expect(await lockNext()).toBeUndefined();
        expect(await repository.enableJobs({ name: 'refresh' })).toBe(1);
        expect(await lockNext()).toBeDefined();
      });

      it('a purge empties the table', async () => {
        await save({});
        await save({ name: 'other' });
        expect(await repository.purgeAllJobs()).toBe(2);
        expect(await countAll()).toBe(0);
      });
    });
  });
}
