/** Lets one development start at a time have its folder: what dev.json, the demo provider's definition and its log say there
 *  is of the one that runs. Called by development-gateway before it writes anything. The lock dies with its process. */
import { join } from 'node:path';
import { StartFault } from '../config/start-fault.js';
import { takeProcessLock, type ProcessLock } from '../database/process-lock.js';
import type { DevelopmentAddresses } from './development-settings.js';
import { makePrivateFolder } from './private-file.js';

/** Throws StartFault, with the way to start beside the other, when another start has the folder. */
export async function lockFolder({ dataFolder, demoPort }: DevelopmentAddresses): Promise<ProcessLock> {
  await makePrivateFolder(dataFolder);
  const lock = await takeProcessLock(join(dataFolder, 'start.lock'));
  if (lock !== null) return lock;
  throw new StartFault(
    `Another "npm start" serves from ${dataFolder}; end it first, or start beside it with LATCHKEY_DATA_FOLDER=.latchkey-2 PORT=${demoPort + 1} DEMO_PORT=${demoPort + 2} npm start.`,
  );
}
