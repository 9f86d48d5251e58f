/** Ends the gateway when the process is asked to (SIGTERM, SIGINT): not ready first, while a load balancer may still send, then
 *  closed, and all of it within 10 s. Called by run-gateway.
 *  A second signal ends the process at once. Must never: go on after the 10 s; a supervisor would kill without a word. */
import type { App } from '../app.js';
import type { Clock } from '../clock.js';
import type { Logger } from '../observe/logger.js';

const stopWithinMs = 10_000;

export interface StopParts {
  readonly app: Pick<App, 'announceEnd' | 'close'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long requests are still taken. */
  readonly delayMs: number;
}

/** Resolves when a signal came and everything is closed. */
export function stopOnSignals({ app, clock, log, delayMs }: StopParts): Promise<void> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) {
        log.warn({ event: 'gateway.stop_forced', signal });
        process.exit(1);
      }
      isStopping = true;
      log.info({ event: 'gateway.stopping', signal });
      endAfter(stopWithinMs, log);
      app.announceEnd();
      clock
        .sleep(delayMs)
        .then(() => app.close())
        .then(resolve, reject);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

function endAfter(ms: number, log: Logger): void {
  const timer = setTimeout(() => {
    log.error({ event: 'gateway.stop_timed_out', afterMs: ms });
    process.exit(1);
  }, ms);
  timer.unref();
}
