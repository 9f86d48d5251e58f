import { expect, test } from 'vitest';
import type { JobDefinition } from '../../src/jobs/job-definition.js';
import { measureJobs } from '../../src/jobs/measured-jobs.js';
import { collectLog } from '../support/log-lines.js';
import { createTestClock } from '../support/test-clock.js';

test('a run is told with its end and how long it took, and every line that it logs with its name', async () => {
  const clock = createTestClock();
  const { log, lines } = collectLog();
  const ends: object[] = [];
  const run = async (): Promise<void> => {
    await Promise.resolve();
    clock.advance(40);
    log.info({ event: 'test.happened' });
  };
  const fail = async (): Promise<void> => {
    await run();
    throw new Error('planted');
  };
  const jobs: JobDefinition[] = [
    { name: 'good', every: '1 hour', run },
    { name: 'bad', every: '1 hour', run: fail },
  ];
  const [good, bad] = measureJobs(jobs, { metrics: { jobEnded: (end) => void ends.push(end) }, log, clock });
  await good?.run();
  await expect(bad?.run()).rejects.toThrow('planted');
  expect(ends).toEqual([
    { job: 'good', outcome: 'DONE', tookMs: 40 },
    { job: 'bad', outcome: 'FAILED', tookMs: 40 },
  ]);
  expect(lines.map(({ job }) => job)).toEqual(['good', 'bad']);
});
