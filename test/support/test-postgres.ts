/** Databases on a real PostgreSQL: on the server that LATCHKEY_TEST_POSTGRES_URL names, else on one that the first test to
 *  want it starts for the whole run. Each call gives a migrated database without rows. Making one takes half a second, so
 *  that those of a test file that are closed are emptied and given out again; the end of the run drops them. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { PostgresConfig } from '../../src/config/config.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { Secret } from '../../src/secret.js';
import { startServer } from './postgres-server.js';
import { silentLog } from './silent-log.js';

export interface TestPostgres {
  readonly config: PostgresConfig;
  readonly url: string;
  drop(): Promise<void>;
}

const emptied: string[] = [];

/** `isEmpty`: without tables, as an operator makes it. */
export async function createTestPostgres({ isEmpty = false } = {}): Promise<TestPostgres> {
  const server = await serverUrl();
  const url = (isEmpty ? undefined : emptied.pop()) ?? (await makeDatabase(server, isEmpty));
  return {
    url,
    config: postgresConfig(url),
    async drop() {
      if (!isEmpty && (await administer(url, emptyTables))) emptied.push(url);
      else await administer(server, (client) => client.query(`DROP DATABASE ${nameOf(url)} WITH (FORCE)`));
    },
  };
}

async function makeDatabase(server: string, isEmpty: boolean): Promise<string> {
  const template = isEmpty ? 'template0' : await ensureTemplate(server);
  const name = `${prefix()}_${randomBytes(6).toString('hex')}`;
  await administer(server, (client) => createFrom(client, name, template));
  return urlOf(server, name);
}

/** Answers whether the database is as good as new: a test may have taken a table away. */
async function emptyTables(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'`,
  );
  await client.query(rows.map(({ name }) => `DELETE FROM ${name}`).join(';'));
  return rows.length === entities.length + 1; // and Agenda's
}

export function postgresConfig(url: string, poolSize = 10): PostgresConfig {
  const { host, pathname } = new URL(url);
  return { kind: 'postgres', url: Secret.of(url), place: host + pathname, poolSize };
}

/** Every row of every table, as text. */
export function storedRows({ url }: PostgresConfig): Promise<string> {
  return administer(url.expose(), async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`SELECT one::text AS text FROM ${name} one`);
      texts.push(name, ...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  });
}

/** Runs work over a connection of its own, as another program has it. */
export async function administer<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Called at the end of a run; a server that the run started goes as a whole. */
export async function dropAllOfRun(): Promise<void> {
  const server = process.env['LATCHKEY_TEST_POSTGRES_URL'];
  if (!server) return;
  await administer(server, async (client) => {
    const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
    const ours = rows.filter(({ datname }) => datname.startsWith(prefix()));
    for (const { datname } of ours) await client.query(`DROP DATABASE ${datname} WITH (FORCE)`);
  });
}

async function serverUrl(): Promise<string> {
  return process.env['LATCHKEY_TEST_POSTGRES_URL'] ?? (await startServer(runFolder()));
}

function runFolder(): string {
  const folder = process.env['LATCHKEY_TEST_POSTGRES_FOLDER'];
  if (!folder)
    throw new Error('test/support/postgres-setup.ts did not run; it is the globalSetup of vitest.config.ts.');
  return folder;
}

/** The migrated database that the others are copies of; one a run, whichever worker comes first. */
async function ensureTemplate(server: string): Promise<string> {
  const name = `${prefix()}_template`;
  const isFirst = await mkdir(join(runFolder(), 'template')).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    await administer(server, (client) => createFrom(client, `${name}_raw`, 'template0'));
    const config = postgresConfig(urlOf(server, `${name}_raw`));
    await (await openDatabase({ config, entities, migrations, log: silentLog })).close();
    // Under its name only once it is whole.
    await administer(server, (client) => renameWhenUnused(client, `${name}_raw`, name));
  }
  await administer(server, async (client) => {
    while (!(await exists(client, name))) await wait(20);
  });
  return name;
}

async function exists(client: Client, name: string): Promise<boolean> {
  return (await client.query('SELECT FROM pg_database WHERE datname = $1', [name])).rowCount === 1;
}

async function renameWhenUnused(client: Client, from: string, to: string): Promise<void> {
  await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [from]);
  await patiently(() => client.query(`ALTER DATABASE ${from} RENAME TO ${to}`));
}

function createFrom(client: Client, name: string, template: string): Promise<unknown> {
  return patiently(() => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
}

/** A connection that has just been closed still counts for a moment (55006: object_in_use). */
async function patiently(work: () => Promise<unknown>): Promise<unknown> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === 100 || !(error instanceof Error && 'code' in error && error.code === '55006')) throw error;
      await wait(20);
    }
  }
}

/** What all databases of this run begin with. */
function prefix(): string {
  return `latchkey_test_${createHash('sha256').update(runFolder()).digest('hex').slice(0, 12)}`;
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

function urlOf(server: string, name: string): string {
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}
