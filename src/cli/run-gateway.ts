/** Runs the gateway until the process is asked to end: production's whole life. Called by main.ts.
 *  SIGTERM and SIGINT stop it within 10 s: what is under way is answered and refreshes end first. SIGHUP reads the keyring
 *  again. Ends the process by itself, since Agenda leaves timers behind. */
import { createApp } from '../app.js';
import { systemClock } from '../clock.js';
import { StartFault } from '../config/start-fault.js';
import { readDeployment } from '../deployment.js';
import { createLogger, type Logger } from '../observe/logger.js';
import { nodeWarning } from '../observe/node-warning.js';
import { readBuildFacts } from './build-facts.js';
import { explainError } from './explain-error.js';
import { processSources } from './process-sources.js';
import { valueOrFaults } from './report-faults.js';
import { stopOnSignals } from './stop-on-signals.js';

/** Never returns before the process was asked to end. Prints what keeps it from starting and exits with its code. */
export async function runGateway(): Promise<void> {
  process.umask(0o077); // what is written is for this user alone
  try {
    const deployment = valueOrFaults(readDeployment(processSources()));
    const log = createLogger({ level: deployment.config.logLevel });
    logUnhandled(log);
    const warning = nodeWarning(process.version);
    if (warning !== null) log.warn({ event: 'node.unpatched', warning });

    const app = await createApp(deployment, { clock: systemClock, log, build: readBuildFacts() });
    const { stopDelayMs } = deployment.config;
    const stopped = stopOnSignals({ app, clock: systemClock, log, delayMs: stopDelayMs });
    process.on('SIGHUP', () => void app.reloadKeyring());
    const { host, port } = await app.start();
    const { publicUrl } = deployment.config.server;
    log.info({ event: 'gateway.started', host, port, publicUrl, mode: deployment.config.mode });
    await stopped;
    log.info({ event: 'gateway.stopped' });
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${explainError(error)}\n`);
    process.exit(error instanceof StartFault ? error.exitCode : 1);
  }
}

/** A fault of ours that nobody caught: said in the log, sealed like every line; the supervisor starts us again from a
 *  known state. */
function logUnhandled(log: Logger): void {
  const end = (err: unknown): void => {
    log.error({ event: 'process.unhandled_fault', err });
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}
