/** vitest's global setup. Starts nothing: it names the place where the first test that wants PostgreSQL starts it
 *  (test-postgres.ts), and stops it at the end of the run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopServer } from './postgres-server.js';

export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'));
  process.env['LATCHKEY_TEST_POSTGRES_FOLDER'] = folder;
  process.env['LATCHKEY_TEST_OWNER'] = String(process.pid);
  return async () => {
    if (process.env['LATCHKEY_TEST_POSTGRES_URL']) {
      await import('reflect-metadata');
      await (await import('./test-postgres.js')).dropAllOfRun();
    }
    await stopServer(folder);
    await rm(folder, { recursive: true, force: true });
  };
}
