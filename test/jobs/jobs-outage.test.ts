import { expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { createJobs } from '../../src/jobs/create-jobs.js';
import { openJobRepository } from '../../src/jobs/open-job-repository.js';
import { createGate } from '../support/gate.js';
import { collectLog } from '../support/log-lines.js';
import { startOwnPostgres } from '../support/own-postgres.js';

it('a job whose database goes away while it runs ends no process, and the others run once it is back', async () => {
  const server = await startOwnPostgres();
  const { log, events } = collectLog();
  const database = await openDatabase({ config: server.config, entities, migrations, log });
  const [began, mayEnd] = [createGate(), createGate()];
  let runs = 0;
  const repository = openJobRepository({ config: server.config, database, log });
  const jobs = await createJobs({
    repository,
    clock: systemClock,
    log,
    jobs: [
      { name: 'slow', every: '10 minutes', run: () => (began.open(), mayEnd.opened) },
      { name: 'often', every: '1 second', lockLifetimeMs: 2000, run: async () => void (runs += 1) },
    ],
  });
  await jobs.start();
  await began.opened;
  await server.stop();
  mayEnd.open();
  await vi.waitFor(() => expect(events()).toContain('jobs.database_away'), { timeout: 10_000 });
  const before = runs;
  await server.start();
  await vi.waitFor(() => expect(runs).toBeGreaterThan(before), { timeout: 50_000 });
  expect(events().filter((event) => event === 'jobs.database_away')).toHaveLength(1);
  await jobs.drain();
  await repository.close();
  await database.close();
  await server.close();
});
