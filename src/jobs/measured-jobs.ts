/** Measures the runs of recurring jobs, and puts the job's name on every line that is logged while it runs. Called by app.ts
 *  around the list that createJobs gets. */
import type { Clock } from '../clock.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/measures.js';
import type { JobDefinition } from './job-definition.js';

export interface JobMeasureParts {
  readonly metrics: Pick<Metrics, 'jobEnded'>;
  readonly log: Logger;
  readonly clock: Clock;
}

export function measureJobs(jobs: readonly JobDefinition[], { metrics, log, clock }: JobMeasureParts): JobDefinition[] {
  return jobs.map((job) => ({ ...job, run: () => log.during({ job: job.name }, () => measuredRun(job)) }));

  async function measuredRun({ name, run }: JobDefinition): Promise<void> {
    const startedAt = clock.monotonic();
    let outcome: 'DONE' | 'FAILED' = 'FAILED';
    try {
      await run();
      outcome = 'DONE';
    } finally {
      metrics.jobEnded({ job: name, outcome, tookMs: clock.monotonic() - startedAt });
    }
  }
}
