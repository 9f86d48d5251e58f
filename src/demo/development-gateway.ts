/** The development gateway: makes what production is given by its operator (keyring, callers' key, providers), starts the
 *  demo provider beside the gateway, and writes dev.json. Called by start.ts, and by tests with a demo provider in their
 *  own process. Must never: configure the gateway by another door than production's, its environment. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readBuildFacts } from '../cli/build-facts.js';
import type { Clock } from '../clock.js';
import { explainFaults } from '../config/explain-faults.js';
import type { Checked } from '../config/fault.js';
import { StartFault } from '../config/start-fault.js';
import { readDeployment, type Deployment } from '../deployment.js';
import { createLogger } from '../observe/logger.js';
import { createCatalogue } from '../providers/catalogue.js';
import { loadCatalogue } from '../providers/load-catalogue.js';
import { demoDefinition } from './demo-definition.js';
import type { DemoProvider } from './demo-provider.js';
import { writeDevFile, type DevFacts } from './dev-file.js';
import { prepareDevelopmentFolder, type DevelopmentFolder } from './development-folder.js';
import {
  appCallbacks,
  demoClientId,
  demoProviderId,
  readAddresses,
  settingsOf,
  type DevelopmentAddresses,
  type Environment,
} from './development-settings.js';
import { lockFolder } from './lock-folder.js';
import { publicKeyPem, signDevelopmentTokens } from './development-tokens.js';
import { writePrivateFile } from './private-file.js';
import type { DemoServerOptions } from './provider/demo-server.js';

export interface DevelopmentParts {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly openDemo: (options: DemoServerOptions) => Promise<DemoProvider>;
}

export interface DevelopmentGateway {
  readonly facts: DevFacts;
  /** Where everything of this start is kept. Absolute. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Throws StartFault for whatever the developer can mend. */
export async function startDevelopmentGateway(parts: DevelopmentParts): Promise<DevelopmentGateway> {
  const addresses = readAddresses(parts.environment);
  const lock = await lockFolder(addresses);
  try {
    const gateway = await startIn(addresses, parts);
    return { ...gateway, close: () => closeAndRelease(gateway, lock) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function closeAndRelease(
  gateway: Pick<DevelopmentGateway, 'close'>,
  lock: { release(): Promise<void> },
): Promise<void> {
  try {
    await gateway.close();
  } finally {
    await lock.release();
  }
}

async function startIn(addresses: DevelopmentAddresses, parts: DevelopmentParts): Promise<DevelopmentGateway> {
  const { environment, clock, openDemo } = parts;
  const folder = await prepareDevelopmentFolder(addresses.dataFolder, clock);
  await writePrivateFile(join(folder.providersFolder, `${demoProviderId}.yaml`), demoDefinition(addresses));
  const deployment = await configure(environment, addresses, folder);

  // The gateway's packages take a while to load, and so does the other process: side by side.
  const [demo, { createApp }] = await Promise.all([openDemo(demoOptions(addresses, folder)), import('../app.js')]);
  try {
    const log = createLogger({ level: deployment.config.logLevel });
    const app = await createApp(deployment, { clock, log, build: readBuildFacts() });
    await app.start();
    const facts = {
      url: deployment.config.server.publicUrl,
      tokens: await signDevelopmentTokens(folder.signingKey, clock),
      demoProvider: { id: demoProviderId, url: demo.url },
    };
    await writeDevFile(folder.path, facts);
    // The gateway ends first: what it still has to say to the provider needs the provider.
    return {
      facts,
      folder: folder.path,
      close: async () => {
        try {
          await app.close();
        } finally {
          await demo.close();
        }
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
  if (settings['LATCHKEY_PROVIDERS_FOLDER'] === undefined) return valueOrFault(readDeployment(sources));
  // The developer's own folder, and the demo provider beside what is in it: each with its own credentials.
  const { own, demos } = splitEnvironment(sources.environment);
  const deployment = valueOrFault(readDeployment({ ...sources, environment: own }));
  const demoSources = { ...sources, environment: demos, folder: folder.providersFolder, mode: 'development' } as const;
  const demo = valueOrFault(loadCatalogue(demoSources));
  return { ...deployment, catalogue: createCatalogue([...demo.list(), ...deployment.catalogue.list()]) };
}

function splitEnvironment(environment: Environment): { own: Environment; demos: Environment } {
  const entries = Object.entries(environment);
  return {
    own: Object.fromEntries(entries.filter((entry) => !isDemos(entry))),
    demos: Object.fromEntries(entries.filter(isDemos)),
  };
}

function isDemos([name]: readonly [string, unknown]): boolean {
  return name.startsWith('LATCHKEY_PROVIDER_DEMO_');
}

function valueOrFault<T>(checked: Checked<T>): T {
  if ('value' in checked) return checked.value;
  throw new StartFault(explainFaults(checked.faults));
}

function demoOptions(addresses: DevelopmentAddresses, folder: DevelopmentFolder): DemoServerOptions {
  return {
    port: addresses.demoPort,
    folder: folder.path,
    client: {
      id: demoClientId,
      secret: folder.demo.clientSecret,
      name: 'Latchkey',
      redirectUris: [`${addresses.publicUrl}/oauth/callback/${demoProviderId}`, ...appCallbacks(addresses)],
    },
    keys: folder.demo,
  };
}
