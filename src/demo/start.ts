/** The development start: `npm start` runs this once everything is installed and built. Starts the gateway with the demo
 *  provider as a process of its own, says what to open and what to paste, and ends both on Ctrl-C.
 *  Must never: run in production. Nothing imports it; main.ts knows nothing of it. */
import 'reflect-metadata';
import { systemClock } from '../clock.js';
import { StartFault } from '../config/start-fault.js';
import { nodeWarning } from '../observe/node-warning.js';
import { renderBanner } from './banner.js';
import { startDemoProvider } from './demo-provider.js';
import { startDevelopmentGateway, type DevelopmentGateway } from './development-gateway.js';
import { hasOwnIssuer, type Environment } from './development-settings.js';

process.umask(0o077); // what is written is for this user alone
try {
  const begunAt = systemClock.monotonic();
  const environment = process.env;
  const gateway = await startDevelopmentGateway({ environment, clock: systemClock, openDemo: startDemoProvider });
  endOnSignals(gateway);
  const banner = renderBanner({
    ...gateway.facts,
    folder: gateway.folder,
    tookMs: systemClock.monotonic() - begunAt,
    notes: notesOn(environment),
    look: process.stdout.isTTY && !environment['NO_COLOR'] ? 'coloured' : 'plain',
  });
  console.log(banner);
} catch (error) {
  console.error(error instanceof StartFault ? error.message.trimEnd() : error);
  process.exit(error instanceof StartFault ? error.exitCode : 1);
}

function notesOn(environment: Environment): string[] {
  const ownIssuer = hasOwnIssuer(environment)
    ? 'LATCHKEY_JWT_* is set, so callers need tokens of your own issuer; those above are refused.'
    : null;
  return [nodeWarning(process.version), ownIssuer].filter((note) => note !== null);
}

/** The first signal ends in order, a second at once. */
function endOnSignals(gateway: DevelopmentGateway): void {
  const end = (): void => {
    process.once('SIGINT', () => process.exit(130));
    process.once('SIGTERM', () => process.exit(143));
    gateway.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const first = (): void => {
    for (const signal of signals) process.off(signal, first);
    end();
  };
  for (const signal of signals) process.on(signal, first);
}
