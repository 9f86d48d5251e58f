import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrationLimits, postgresOptions } from '../../src/database/postgres.js';
import { sqliteOptions } from '../../src/database/sqlite.js';
import { entities, migrations } from '../../src/entities.js';
import * as ormconfig from '../../ormconfig.js';
import { databaseKinds } from '../support/test-database.js';
import { createTestPostgres } from '../support/test-postgres.js';

describe.each(databaseKinds)('on %s', (kind) => {
  let source: DataSource;
  let drop: () => Promise<void>;

  beforeEach(async () => {
    ({ source, drop } = await (kind === 'sqlite' ? emptySqlite() : emptyPostgres()));
    await source.initialize();
  });

  afterEach(async () => {
    await source.destroy();
    await drop();
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

  async function pendingChanges(): Promise<string[]> {
    const log = await source.driver.createSchemaBuilder().log();
    return log.upQueries.map(({ query }) => query);
  }

  /** Tables with their columns, and indexes, by name. */
  async function schema(): Promise<Record<string, string>> {
    const rows: { name: string; sql: string }[] = await source.query(schemaOf[kind]);
    return Object.fromEntries(rows.map(({ name, sql }) => [name, sql]));
  }
});

test('ormconfig.ts exports exactly one data source, over the same rows and migrations', () => {
  const exported: unknown[] = Object.values(ormconfig);
  expect(exported).toEqual([expect.any(DataSource)]);
  expect(ormconfig.dataSource.options).toMatchObject({ entities, migrations });
});

const schemaOf = {
  sqlite: "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name",
  postgres: `SELECT table_name AS name, string_agg(concat_ws(' ', column_name, data_type, is_nullable), ', ' ORDER BY column_name) AS sql
               FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name
             UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'
             ORDER BY name`,
} as const;

interface EmptyDatabase {
  readonly source: DataSource;
  drop(): Promise<void>;
}

async function emptySqlite(): Promise<EmptyDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-migrations-'));
  const file = join(folder, 'throwaway.db');
  return {
    source: new DataSource(sqliteOptions({ file, entities, migrations, busyTimeoutMs: 1000 })),
    drop: () => rm(folder, { recursive: true }),
  };
}

async function emptyPostgres(): Promise<EmptyDatabase> {
  const { config, drop } = await createTestPostgres({ isEmpty: true });
  const onIdleFault = (): void => undefined;
  const source = new DataSource(
    postgresOptions({ config, entities, migrations, limits: migrationLimits, onIdleFault }),
  );
  return { source, drop };
}
