import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sqliteOptions } from '../../src/database/sqlite.js';
import { entities, migrations } from '../../src/entities.js';
import * as ormconfig from '../../ormconfig.js';

let folder: string;
let source: DataSource;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-migrations-'));
  source = new DataSource(
    sqliteOptions({ file: join(folder, 'throwaway.db'), entities, migrations, busyTimeoutMs: 1000 }),
  );
  await source.initialize();
});

afterEach(async () => {
  await source.destroy();
  await rm(folder, { recursive: true });
});

test('the migrations leave nothing for the schema builder to change', async () => {
  await source.runMigrations();
  expect(await pendingChanges()).toEqual([]);
});

test('the drift check sees a database that the migrations have not reached', async () => {
  expect(await pendingChanges()).not.toEqual([]);
});

test('migrating a second time changes nothing', async () => {
  await source.runMigrations();
  const before = await schema();
  expect(await source.runMigrations()).toEqual([]);
  expect(await schema()).toEqual(before);
});

test('undoing every migration leaves no table of ours', async () => {
  await source.runMigrations();
  for (const _ of migrations) await source.undoLastMigration();
  expect(Object.keys(await schema())).toEqual(['migrations']);
});

test('ormconfig.ts exports exactly one data source, over the same rows and migrations', () => {
  const exported: unknown[] = Object.values(ormconfig);
  expect(exported).toEqual([expect.any(DataSource)]);
  expect(ormconfig.dataSource.options).toMatchObject({ entities, migrations });
});

async function pendingChanges(): Promise<string[]> {
  const log = await source.driver.createSchemaBuilder().log();
  return log.upQueries.map(({ query }) => query);
}

async function schema(): Promise<Record<string, string>> {
  const rows: { name: string; sql: string }[] = await source.query(
    "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name",
  );
  return Object.fromEntries(rows.map(({ name, sql }) => [name, sql]));
}
