// oxlint-disable eslint/no-underscore-dangle -- Agenda calls the id of a job _id.
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresJobRepository } from '../../src/jobs/postgres-job-repository.js';
import { collectLog } from '../support/log-lines.js';
import { silentLog } from '../support/silent-log.js';
import { createTestPostgres, type TestPostgres } from '../support/test-postgres.js';
import { describeJobRepository } from '../contracts/job-repository.contract.js';

describeJobRepository('PostgreSQL', async () => {
  const { url, drop } = await createTestPostgres();
  const pools: Pool[] = [];
  const open = async () => {
    const pool = new Pool({ connectionString: url });
    pools.push(pool);
    const repository = createPostgresJobRepository({ pool, log: silentLog });
    await repository.connect();
    return repository;
  };
  return {
    repository: await open(),
    openAnother: open,
    async close() {
      for (const pool of pools) await pool.end();
      await drop();
    },
  };
});

describe('locks on PostgreSQL', () => {
  let place: TestPostgres;
  const pools: Pool[] = [];
  beforeAll(async () => {
    place = await createTestPostgres();
  });
  afterAll(() => place.drop());
  afterEach(async () => {
    await newPool().query('DELETE FROM job');
    for (const pool of pools.splice(0)) if (!pool.ended) await pool.end();
  });

  const newPool = (): Pool => {
    const pool = new Pool({ connectionString: place.url });
    pools.push(pool);
    return pool;
  };
  const open = (log = silentLog, pool = newPool()) => createPostgresJobRepository({ pool, log });
  const due = { name: 'purge', type: 'normal', priority: 0, nextRunAt: new Date(0), data: undefined } as const;
  const lockDue = (repository = open()) =>
    repository.getNextJobToRun('purge', new Date(1), new Date(0), undefined, undefined);

  it('are not taken once locking has stopped', async () => {
    const repository = open();
    await repository.saveJob(due, undefined);
    repository.stopLocking();
    expect(await lockDue(repository)).toBeUndefined();
  });

  it('are given back by the one who holds them, and no others', async () => {
    const [mine, other] = [open(), open()];
    const [first, second] = [await mine.saveJob(due, undefined), await mine.saveJob(due, undefined)];
    await mine.lockJob(first, undefined);
    await other.lockJob(second, undefined);
    await mine.releaseLocks();
    expect((await mine.getJobById(first._id!))?.lockedAt).toBeUndefined();
    expect((await mine.getJobById(second._id!))?.lockedAt).toBeDefined();
  });

  it('of two processes on one table, twenty due jobs are handed out once each', async () => {
    const [mine, other] = [open(), open()];
    for (let saved = 0; saved < 20; saved += 1) await mine.saveJob(due, undefined);
    const asked = await Promise.all(Array.from({ length: 20 }, (_, at) => lockDue(at % 2 ? mine : other)));
    expect(new Set(asked.map((job) => job?._id)).size).toBe(20);
  });

  it('that cannot be looked for while the database is away are none, and the log says so once', async () => {
    const log = collectLog();
    const pool = newPool();
    const repository = open(log.log, pool);
    await pool.end();
    expect(await lockDue(repository)).toBeUndefined();
    expect(await lockDue(repository)).toBeUndefined();
    expect(log.events()).toEqual(['jobs.database_away']);
  });

  it('that cannot be given back end no process', async () => {
    const log = collectLog();
    const pool = newPool();
    const repository = open(log.log, pool);
    const job = await repository.saveJob(due, undefined);
    await pool.end();
    await expect(repository.unlockJob(job)).resolves.toBeUndefined();
    expect(log.events()).toEqual(['jobs.unlock_failed']);
  });
});
