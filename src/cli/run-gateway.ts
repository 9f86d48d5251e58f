/** Runs the gateway until the process is asked to end: production's whole life. Called by main.ts.
 *  SIGTERM and SIGINT stop it within 10 s: what is under way is answered and refreshes end first. SIGHUP reads the keyring
 *  again. Ends the process by itself, since Agenda leaves timers behind. */
import { createApp } from '../app.js';
import { systemClock } from '../clock.js';
import { StartFault } from '../config/start-fault.js';
import { readDeployment } from '../deployment.js';
import { createLogger, type Logger } from '../observe/logger.js';
import { nodeWarning } from '../observe/node-warning.js';
import { processSources } from './process-sources.js';
import { valueOrFaults } from './report-faults.js';

const stopWithinMs = 10_000;

/** Never returns before the process was asked to end. Prints what keeps it from starting and exits with its code. */
export async function runGateway(): Promise<void> {
  process.umask(0o077); // what is written is for this user alone
  try {
    const deployment = valueOrFaults(readDeployment(processSources()));
    const log = createLogger({ level: deployment.config.logLevel });
    logUnhandled(log);
    const warning = nodeWarning(process.version);
    if (warning !== null) log.warn({ event: 'node.unpatched', warning });

    const app = await createApp(deployment, { clock: systemClock, log });
    const stopped = stopOnSignals(() => app.close(), log);
    process.on('SIGHUP', () => void app.reloadKeyring());
    const { host, port } = await app.start();
    const { publicUrl } = deployment.config.server;
    log.info({ event: 'gateway.started', host, port, publicUrl, mode: deployment.config.mode });
    await stopped;
    log.info({ event: 'gateway.stopped' });
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(error instanceof StartFault ? error.exitCode : 1);
  }
}

/** Resolves when a signal came and everything is closed. A second signal, or 10 s, ends the process at once. */
function stopOnSignals(close: () => Promise<void>, log: Logger): Promise<void> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) process.exit(1);
      isStopping = true;
      log.info({ event: 'gateway.stopping', signal });
      setTimeout(() => {
        log.error({ event: 'gateway.stop_timed_out', afterMs: stopWithinMs });
        process.exit(1);
      }, stopWithinMs).unref();
      close().then(resolve, reject);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

/** A fault of ours that nobody caught: said in the log, and the supervisor starts us again from a known state. */
function logUnhandled(log: Logger): void {
  const end = (err: unknown): void => {
    log.error({ event: 'process.unhandled_fault', err });
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

function explain(error: unknown): string {
  if (error instanceof StartFault) return error.message.trimEnd();
  return error instanceof Error ? (error.stack ?? error.message) : 'Latchkey could not start.';
}
