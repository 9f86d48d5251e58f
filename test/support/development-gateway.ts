/** The gateway of `npm start` with its demo provider, in this process, on free ports and in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.js';
import { startDevelopmentGateway, type DevelopmentGateway } from '../../src/demo/development-gateway.js';
import { startDemoServer } from '../../src/demo/provider/demo-server.js';
import { freePort } from './free-port.js';

export async function openDevelopmentGateway(): Promise<DevelopmentGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey dev '));
  const gateway = await startDevelopmentGateway({
    environment: {
      PORT: String(await freePort()),
      DEMO_PORT: String(await freePort()),
      LATCHKEY_DATA_FOLDER: folder,
      LATCHKEY_LOG_LEVEL: 'silent',
    },
    clock: systemClock,
    openDemo: startDemoServer,
  });
  return {
    ...gateway,
    close: async () => {
      await gateway.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
