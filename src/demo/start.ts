/** The development start: `npm start` runs this once everything is installed and built. It makes what production is given
 *  by its operator (keyring, callers' key, providers), starts the demo provider beside the gateway, says what to open and
 *  what to paste, and ends both on Ctrl-C.
 *  Must never: run in production. Nothing imports it; main.ts knows nothing of it. */
import 'reflect-metadata';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../clock.js';
import { explainFaults } from '../config/explain-faults.js';
import type { Checked } from '../config/fault.js';
import { StartFault } from '../config/start-fault.js';
import { readDeployment, type Deployment } from '../deployment.js';
import { createLogger } from '../observe/logger.js';
import { nodeWarning } from '../observe/node-warning.js';
import { createCatalogue } from '../providers/catalogue.js';
import { loadCatalogue } from '../providers/load-catalogue.js';
import { renderBanner } from './banner.js';
import { demoDefinition } from './demo-definition.js';
import { startDemoProvider } from './demo-provider.js';
import { writeDevFile } from './dev-file.js';
import { prepareDevelopmentFolder, type DevelopmentFolder } from './development-folder.js';
import {
  appCallbacks,
  demoClientId,
  demoProviderId,
  hasOwnIssuer,
  readAddresses,
  settingsOf,
  type DevelopmentAddresses,
  type Environment,
} from './development-settings.js';
import { publicKeyPem, signDevelopmentTokens } from './development-tokens.js';
import { writePrivateFile } from './private-file.js';

interface Running {
  close(): Promise<void>;
}

try {
  endOnSignals(await startDevelopment(process.env));
} catch (error) {
  console.error(error instanceof StartFault ? error.message.trimEnd() : error);
  process.exit(error instanceof StartFault ? error.exitCode : 1);
}

async function startDevelopment(environment: Environment): Promise<Running> {
  const begunAt = systemClock.monotonic();
  const addresses = readAddresses(environment);
  const folder = await prepareDevelopmentFolder(addresses.dataFolder, systemClock);
  await writePrivateFile(join(folder.providersFolder, `${demoProviderId}.yaml`), demoDefinition(addresses));
  const deployment = await configure(environment, addresses, folder);

  // The gateway's packages take a while to load, and so does the other process: side by side.
  const [demo, { createApp }] = await Promise.all([openDemo(addresses, folder), import('../app.js')]);
  try {
    const log = createLogger({ level: deployment.config.logLevel });
    const app = await createApp(deployment, { clock: systemClock, log });
    await app.start();
    const facts = {
      url: deployment.config.server.publicUrl,
      tokens: await signDevelopmentTokens(folder.signingKey, systemClock),
      demoProvider: { id: demoProviderId, url: demo.url },
    };
    await writeDevFile(folder.path, facts);
    const tookMs = systemClock.monotonic() - begunAt;
    const look = process.stdout.isTTY && !environment['NO_COLOR'] ? 'coloured' : 'plain';
    console.log(renderBanner({ ...facts, folder: folder.path, tookMs, notes: notesOn(environment), look }));
    return {
      close: async () => {
        // The gateway first: what it still has to say to the provider needs the provider.
        await app.close();
        await demo.close();
      },
    };
  } catch (error) {
    await demo.close();
    throw error;
  }
}

async function configure(
  environment: Environment,
  addresses: DevelopmentAddresses,
  folder: DevelopmentFolder,
): Promise<Deployment> {
  const settings = settingsOf({
    environment,
    addresses,
    folder,
    publicKeyPem: await publicKeyPem(folder.signingKey),
  });
  const sources = {
    environment: { LATCHKEY_PROVIDERS_FOLDER: folder.providersFolder, ...settings },
    readFile: (path: string) => readFileSync(path, 'utf8'),
    readFolder: (path: string) => readdirSync(path),
  };
  const deployment = valueOrFault(readDeployment(sources));
  if (settings['LATCHKEY_PROVIDERS_FOLDER'] === undefined) return deployment;
  // The developer's own folder, and the demo provider beside what is in it.
  const demo = valueOrFault(loadCatalogue({ ...sources, folder: folder.providersFolder, mode: 'development' }));
  return { ...deployment, catalogue: createCatalogue([...demo.list(), ...deployment.catalogue.list()]) };
}

function valueOrFault<T>(checked: Checked<T>): T {
  if ('value' in checked) return checked.value;
  throw new StartFault(explainFaults(checked.faults));
}

function openDemo(addresses: DevelopmentAddresses, folder: DevelopmentFolder): Promise<{ url: string } & Running> {
  return startDemoProvider({
    port: addresses.demoPort,
    folder: folder.path,
    client: {
      id: demoClientId,
      secret: folder.demo.clientSecret,
      name: 'Latchkey',
      redirectUris: [`${addresses.publicUrl}/oauth/callback/${demoProviderId}`, ...appCallbacks(addresses)],
    },
    keys: folder.demo,
  });
}

function notesOn(environment: Environment): string[] {
  const ownIssuer = hasOwnIssuer(environment)
    ? 'LATCHKEY_JWT_* is set, so callers need tokens of your own issuer; those above are refused.'
    : null;
  return [nodeWarning(process.version), ownIssuer].filter((note) => note !== null);
}

/** The first signal ends in order, a second at once. */
function endOnSignals(running: Running): void {
  const end = (): void => {
    process.once('SIGINT', () => process.exit(130));
    process.once('SIGTERM', () => process.exit(143));
    running.close().then(
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
