import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AuditEventRow } from '../../src/audit/audit-event.entity.js';
import { StartFault } from '../../src/config/start-fault.js';
import type { SqliteConfig } from '../../src/config/config.js';
import type { Transaction } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { startOtherProcess } from '../support/other-process.js';
import { databaseIn, openTestDatabase, silentLog } from '../support/test-database.js';
import type { TestDatabase } from '../support/test-database.js';

let open: TestDatabase<SqliteConfig>;

beforeEach(async () => {
  open = await openTestDatabase('sqlite');
});

afterEach(() => open.close());

describe('several processes on one file', () => {
  test('three that open one new file at the same time all open it, migrated once', async () => {
    const config = databaseIn(join(open.folder, 'new'));
    const databases = await Promise.all(
      ids(3).map(() => openDatabase({ config, entities, migrations, log: silentLog })),
    );
    const ran: unknown[] = (await databases[0]?.reader.query('SELECT name FROM migrations')) ?? [];
    expect(ran).toHaveLength(migrations.length);
    for (const database of databases) await database.close();
  });

  test('a write waits for the write of another process, and both are kept', async () => {
    const other = await startOtherProcess(open.config.file);
    await other.run('BEGIN IMMEDIATE');
    await other.run(insertSql('theirs'));
    const ours = open.database.write((transaction) => insert(transaction, 'ours'));
    await other.run('COMMIT');
    await ours;
    await other.end();
    expect(await storedIds()).toEqual(['ours', 'theirs']);
  });

  test('nothing slips between what a write has read and what it writes', async () => {
    const other = await startOtherProcess(open.config.file);
    await open.database.write(async (transaction) => {
      expect(await transaction.count(AuditEventRow)).toBe(0);
      await expect(other.run(insertSql('theirs'))).rejects.toThrow('SQLITE_BUSY');
      await insert(transaction, 'ours');
    });
    await other.end();
    expect(await storedIds()).toEqual(['ours']);
  });

  test('a write that has waited for as long as it may says that the database is locked', async () => {
    const impatient = await openDatabase({
      config: open.config,
      entities,
      migrations,
      log: silentLog,
      busyTimeoutMs: 1,
    });
    const other = await startOtherProcess(open.config.file);
    await other.run('BEGIN IMMEDIATE');
    await expect(impatient.write((transaction) => insert(transaction, 'never'))).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      detail: 'another program holds the database',
    });
    await other.end();
    await impatient.write((transaction) => insert(transaction, 'after'));
    await impatient.close();
    expect(await storedIds()).toEqual(['after']);
  });

  test('a file that another process is writing is opened once that write has ended', async () => {
    const config = databaseIn(join(open.folder, 'busy'));
    await mkdir(join(open.folder, 'busy'));
    const other = await startOtherProcess(config.file);
    await other.run('CREATE TABLE theirs (id text)');
    await other.run('BEGIN IMMEDIATE');
    const opening = openDatabase({ config, entities, migrations, log: silentLog, busyTimeoutMs: 30_000 });
    for (let waited = 0; waited < 50; waited += 1) await other.run('SELECT 1');
    await other.run('COMMIT');
    await (await opening).close();
    await other.end();
  });
});

describe('a database that cannot be opened', () => {
  test('a folder that cannot be made is one sentence with the mend', async () => {
    await writeFile(join(open.folder, 'file'), '');
    const file = join(open.folder, 'file', 'below', 'latchkey.db');
    expect(await openFaultOf(file)).toMatch(/^The folder .*below cannot be written; .* LATCHKEY_DATA_FOLDER/);
  });

  test('a file that cannot be made is one sentence with the mend', async () => {
    expect(await openFaultOf(open.folder)).toMatch(/^The folder .* cannot be written; /);
  });

  test('a file locked by another program is one sentence with the mend', async () => {
    const file = join(open.folder, 'locked.db');
    const other = await startOtherProcess(file);
    await other.run('CREATE TABLE theirs (id text)');
    await other.run('BEGIN EXCLUSIVE');
    expect(await openFaultOf(file)).toMatch(/locked\.db is locked by another program; .* start again\.$/);
    await other.end();
    expect(await openFaultOf(file)).toBeNull();
  });

  test('a file that is no database is one sentence with the mend', async () => {
    const file = join(open.folder, 'notes.db');
    await writeFile(file, 'Only notes. '.repeat(100));
    expect(await openFaultOf(file)).toMatch(/notes\.db is not a SQLite database; move it away/);
  });
});

test('a folder made for the database is for its owner alone', async () => {
  const folder = join(open.folder, 'made');
  const database = await openDatabase({ config: databaseIn(folder), entities, migrations, log: silentLog });
  await database.close();
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('commits are on the disk before they count', async () => {
  const settings = await open.database.write(async (transaction) => [
    await transaction.query('PRAGMA synchronous'),
    await transaction.query('PRAGMA journal_mode'),
  ]);
  expect(settings).toEqual([[{ synchronous: 2 }], [{ journal_mode: 'wal' }]]);
});

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, position) => `id-${String(position).padStart(2, '0')}`);
}

async function insert(transaction: Transaction, id: string): Promise<void> {
  await transaction.insert(AuditEventRow, {
    id,
    at: 1,
    action: 'account.read',
    actorId: 'a',
    subjectId: 's',
    outcome: 'DONE',
    requestId: 'r',
  });
}

function insertSql(id: string): string {
  return `INSERT INTO audit_event (id, at, action, actor_id, subject_id, outcome, request_id)
    VALUES ('${id}', 1, 'account.read', 'a', 's', 'DONE', 'r')`;
}

async function storedIds(): Promise<string[]> {
  const rows = await open.database.reader.find(AuditEventRow, { order: { id: 'ASC' } });
  return rows.map(({ id }) => id);
}

async function openFaultOf(file: string): Promise<string | null> {
  const config = { ...open.config, file };
  try {
    const database = await openDatabase({ config, entities, migrations, log: silentLog, busyTimeoutMs: 20 });
    await database.close();
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(StartFault);
    return (error as StartFault).message;
  }
}
