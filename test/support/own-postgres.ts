/** A PostgreSQL server that a test may stop, freeze and start again, on an address that stays. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresConfig } from '../../src/config/config.js';
import { freePort } from './free-port.js';
import { killServer, signalServer, startServer, stopServer } from './postgres-server.js';
import { administer, postgresConfig } from './test-postgres.js';

export interface OwnPostgres {
  readonly url: string;
  readonly config: PostgresConfig;
  /** Connections end, and nobody listens at the address any more. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** kill -9, to every process of it. */
  kill(): Promise<void>;
  /** Connections stay, and nothing is answered on them, nor on new ones: as behind a network that is cut. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends every connection of others, as an operator or a failover does. */
  endConnections(): Promise<void>;
  close(): Promise<void>;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-own-postgres-'));
  const port = await freePort();
  const url = await startServer(folder, port);
  return {
    url,
    config: postgresConfig(url),
    stop: () => stopServer(folder),
    kill: () => killServer(folder),
    start: async () => void (await startServer(folder, port)),
    freeze: () => signalServer(folder, 'SIGSTOP'),
    thaw: () => signalServer(folder, 'SIGCONT'),
    endConnections: () =>
      administer(url, async (client) => {
        await client.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL',
        );
      }),
    async close() {
      await stopServer(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
