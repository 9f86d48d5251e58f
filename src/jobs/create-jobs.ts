/** Starts Agenda on its table, gives it the list of recurring jobs and what to do when an account's alarm rings, and drains
 *  it at the end. Called by app.ts. A job that fails is a log line and is tried at its next time; it never ends the process.
 *  The rows of recurring jobs are written again now and then: whoever empties the table stops nothing.
 *
 *  A finished job leaves one of Agenda's timers behind, of half the lock's lifetime: whoever shuts down ends with
 *  process.exit() (main.ts does). */
import { Agenda } from 'agenda';
import type { Clock } from '../clock.js';
import type { Logger } from '../observe/logger.js';
import { ALARM_JOB } from './alarm-table.js';
import type { ClosableJobRepository } from './closable-job-repository.js';
import { defineAlarms, type AlarmHandler } from './define-alarms.js';
import { createFaultLog } from './fault-log.js';
import { handOutAlarms } from './hand-out-alarms.js';
import type { JobDefinition } from './job-definition.js';
import { createLookAgain } from './look-again.js';

/** How often Agenda looks for due jobs. Node's timers may fire 1 ms early, and a job that is then not due waits for
 *  the next look: so this is also the lateness that we accept. */
const PROCESS_EVERY_MS = 500;
const LOCK_LIFETIME_MS = 30_000;
/** Agenda does not look for a job that it runs, so a pause is no sign of its death; a long one is. */
const DEAD_AFTER_MS = 60_000;
const WRITE_AGAIN_MS = 15_000;
/** Beside the alarms; each recurring job runs once at a time. */
const MOST_OTHER_JOBS = 20;

export interface Jobs {
  /** Writes the recurring jobs and starts to run them. Throws where a job's `every` is no interval. */
  start(): Promise<void>;
  /** Whether Agenda looked for due jobs a moment ago, by the monotonic clock: every 500 ms while all is well. */
  isAlive(): boolean;
  /** Takes no new job, waits a while for those that run, and gives its locks back. A second call is the first. Whoever
   *  opened the repository closes it. */
  drain(): Promise<void>;
}

export async function createJobs(options: {
  repository: ClosableJobRepository;
  clock: Clock;
  log: Logger;
  jobs: readonly JobDefinition[];
  /** Without it no alarm is answered. */
  alarms?: AlarmHandler;
  /** How long drain() waits for jobs that run; ten seconds if left out. */
  drainTimeoutMs?: number;
}): Promise<Jobs> {
  const { clock, log, jobs, alarms, drainTimeoutMs = 10_000 } = options;
  const lookAgain = createLookAgain();
  const limit = alarms?.limit ?? 0;
  const onRoom = (): void => lookAgain.look(ALARM_JOB);
  const handingOut = handOutAlarms({ repository: options.repository, limit, onRoom, log });
  let lookedAt = -Infinity;
  const repository: ClosableJobRepository = {
    ...handingOut,
    getNextJobToRun(...asked) {
      lookedAt = clock.monotonic();
      return handingOut.getNextJobToRun(...asked);
    },
  };
  // Before Agenda is made, and not by it: its constructor connects without waiting, and a failure there is an unhandled
  // rejection and a start() that never ends.
  await repository.connect();
  const agenda = new Agenda({
    name: 'latchkey',
    backend: {
      name: 'Latchkey',
      repository,
      ownsConnection: false,
      connect: () => Promise.resolve(),
      disconnect: () => repository.close(),
    },
    notificationChannel: lookAgain.channel,
    processEvery: PROCESS_EVERY_MS,
    maxConcurrency: limit + MOST_OTHER_JOBS,
    defaultLockLifetime: LOCK_LIFETIME_MS,
    // No effect on jobs that recur, and alarms are removed by their end. With it a drain would wait for ever for a job that
    // removes itself: Agenda reports it complete before it is gone and does not look again.
    removeOnComplete: false,
  });
  agenda.on('error', createFaultLog({ clock, log }));
  for (const job of jobs) define(agenda, job, options);
  if (alarms) defineAlarms(agenda, alarms, options);
  let stopKeeping: (() => void) | null = null;
  let draining: Promise<void> | null = null;

  return {
    async start() {
      await agenda.purge(); // rows of jobs that an earlier version had
      await writeRows();
      await agenda.start();
      keepRows();
      lookedAt = clock.monotonic(); // the first look is on its way
      log.info({ event: 'jobs.started', jobs: jobs.map((job) => job.name) });
    },

    isAlive: () => draining === null && clock.monotonic() - lookedAt < DEAD_AFTER_MS,

    drain: () => (draining ??= drain()),
  };

  async function writeRows(): Promise<void> {
    for (const { name, every } of jobs) await recur(agenda, name, every);
  }

  function keepRows(): void {
    stopKeeping = clock.alarm(WRITE_AGAIN_MS, () => {
      void writeRows()
        .catch((error: unknown) => log.warn({ event: 'jobs.rows_not_written', err: error }))
        .finally(() => {
          if (draining === null) keepRows();
        });
    });
  }

  async function drain(): Promise<void> {
    stopKeeping?.();
    repository.stopLocking();
    const result = await agenda.drain({ timeout: drainTimeoutMs });
    await repository.releaseLocks();
    log.info({ event: 'jobs.drained', stillRunning: result.running });
  }
}

function define(agenda: Agenda, job: JobDefinition, { clock, log }: { clock: Clock; log: Logger }): void {
  // No parameter here: Agenda takes a handler of two parameters for one that calls back, and would wait for ever.
  const handler = async (): Promise<void> => {
    const startedAt = clock.monotonic();
    try {
      await job.run();
      log.debug({ event: 'job.done', job: job.name, tookMs: clock.monotonic() - startedAt });
    } catch (error) {
      log.error({ event: 'job.failed', job: job.name, tookMs: clock.monotonic() - startedAt, err: error });
      // Agenda keeps the sentence in its table, so the error itself, which may quote anything, does not go there.
      throw new Error('The job failed; the log says why.', { cause: error });
    }
  };
  // oxlint-disable-next-line typescript/no-misused-promises -- Agenda awaits it; its first overload hides that.
  agenda.define(job.name, handler, {
    concurrency: 1,
    lockLimit: 1,
    lockLifetime: job.lockLifetimeMs ?? LOCK_LIFETIME_MS,
  });
}

async function recur(agenda: Agenda, name: string, every: string): Promise<void> {
  const job = await agenda.every(every, name);
  // Agenda does not throw here: it stores a job that never runs.
  if (!job.attrs.nextRunAt) throw new Error(`The job "${name}" has no time to run: "${every}" is not an interval.`);
}
