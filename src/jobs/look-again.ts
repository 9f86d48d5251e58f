/** Lets Agenda look for due jobs before its next scan, by the channel through which it hears of jobs of other processes.
 *  Called by create-jobs: with a limit on locks Agenda would otherwise do no more than that many jobs a scan. */
import { EventEmitter } from 'node:events';
import { toJobId, type NotificationChannel, type NotificationHandler } from 'agenda';
import { systemClock } from '../clock.js';

export interface LookAgain {
  readonly channel: NotificationChannel;
  /** Agenda looks for due jobs of this name now. */
  look(name: string): void;
}

export function createLookAgain(): LookAgain {
  let hear: NotificationHandler | null = null;

  return {
    channel: Object.assign(new EventEmitter(), {
      state: 'connected' as const,
      connect: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      subscribe(handler: NotificationHandler) {
        hear = handler;
        return () => {
          hear = null;
        };
      },
      // Jobs that Agenda saves itself are found by its scans.
      publish: () => Promise.resolve(),
    }),
    look(name) {
      const timestamp = new Date(systemClock.now());
      void hear?.({ jobId: toJobId(''), jobName: name, nextRunAt: null, priority: 0, timestamp });
    },
  };
}
