/** Tells Agenda what to do when an account's alarm rings. Called by create-jobs.
 *  Agenda saves the time that stands on the job when its handler ends, whatever the table says by then: so the handler puts
 *  the account's next time there, and hand-out-alarms.ts writes it unless somebody moved the job. A job that ends without a
 *  time is removed. */
// oxlint-disable eslint/no-underscore-dangle -- Agenda calls the id of a job _id.
import type { Agenda, Job } from 'agenda';
import type { Clock } from '../clock.js';
import type { Logger } from '../observe/logger.js';
import { ALARM_JOB, type AlarmData } from './alarm-table.js';

export interface AlarmHandler {
  /** How many run at once, which is also how many this process locks. */
  readonly limit: number;
  /** Resolves to when the job is to ring again, in epoch milliseconds; null removes it. */
  ring(alarm: AlarmData & { readonly jobId: string }): Promise<number | null>;
}

/** Longer than a refresh takes; for a process that dies the sweep does not wait for it. Each job that has ended leaves one of
 *  Agenda's timers, of half this time, in memory. */
const LOCK_LIFETIME_MS = 45_000;
/** After a fault of ours, such as a database that went away. */
const AFTER_FAULT_MS = 15_000;
/** No job rings sooner again than this, whatever its account says: it would ring on and on. */
const SOONEST_MS = 1_000;

export function defineAlarms(
  agenda: Agenda,
  alarms: AlarmHandler,
  { clock, log }: { clock: Clock; log: Logger },
): void {
  // One parameter: Agenda takes a handler of two for one that calls back, and would wait for ever.
  const handler = async (job: Job<AlarmData>): Promise<void> => {
    job.attrs.nextRunAt = await ring(job);
  };

  async function ring({ attrs }: Job<AlarmData>): Promise<Date | null> {
    const jobId = String(attrs._id);
    try {
      const at = await alarms.ring({ ...attrs.data, jobId });
      return at === null ? null : new Date(Math.max(at, clock.now() + SOONEST_MS));
    } catch (error) {
      log.error({ event: 'job.failed', job: ALARM_JOB, accountId: attrs.data.accountId, err: error });
      return new Date(clock.now() + AFTER_FAULT_MS);
    }
  }

  // oxlint-disable-next-line typescript/no-misused-promises -- Agenda awaits it; its first overload hides that.
  agenda.define(ALARM_JOB, handler, {
    concurrency: alarms.limit,
    lockLimit: alarms.limit,
    lockLifetime: LOCK_LIFETIME_MS,
  });
}
