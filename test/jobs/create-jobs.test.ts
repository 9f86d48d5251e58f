import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { createJobs } from '../../src/jobs/create-jobs.js';
import { createSqliteJobRepository } from '../../src/jobs/sqlite-job-repository.js';
import { silentLog } from '../support/silent-log.js';
import { databaseKinds } from '../support/test-database.js';
import { describeJobs } from '../contracts/jobs.contract.js';

databaseKinds.forEach(describeJobs);

it('a file of jobs that cannot be opened fails the start instead of hanging it', async () => {
  const file = join(tmpdir(), 'latchkey-no-such-folder', 'jobs.db');
  const repository = createSqliteJobRepository({ file, log: silentLog });
  await expect(createJobs({ repository, clock: systemClock, log: silentLog, jobs: [] })).rejects.toThrow(
    'cannot be opened',
  );
});
