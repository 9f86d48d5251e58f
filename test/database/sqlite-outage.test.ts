/** What SQLite meets while it is open: a full disk, another program's lock, a file that is gone. */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SqliteConfig } from '../../src/config/config.js';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { collectLog } from '../support/log-lines.js';
import { startOtherProcess } from '../support/other-process.js';

let config: SqliteConfig;
let database: Database;
let events: () => unknown[];

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-outage-'));
  config = { kind: 'sqlite', file: join(folder, 'latchkey.db'), jobsFile: join(folder, 'jobs.db') };
  const heard = collectLog();
  const { log } = heard;
  events = () => heard.events().filter((event) => event === 'database.away' || event === 'database.back');
  database = await openDatabase({ config, entities, migrations, log, busyTimeoutMs: 20 });
});
afterEach(async () => {
  await database.close();
  await rm(dirname(config.file), { recursive: true });
});

/** As many pages as there are, or room for more: SQLite says SQLITE_FULL just as for a full disk. */
async function setRoom(room: 'none' | 'enough'): Promise<void> {
  await database.write(async (transaction) => {
    const [{ page_count: pages }] = await transaction.query<[{ page_count: number }]>('PRAGMA page_count');
    await transaction.query(`PRAGMA max_page_count = ${room === 'none' ? pages : pages + 10_000}`);
  });
}

const writeMuch = (): Promise<unknown> =>
  database.write((transaction) => transaction.query('CREATE TABLE much AS SELECT randomblob(100000) AS bytes'));

test('a full disk is DATABASE_UNAVAILABLE and not ready, nothing is half written, and all goes on once there is room', async () => {
  await setRoom('none');
  await expect(writeMuch()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', remedy: 'RETRY' });
  await expect(writeMuch()).rejects.toMatchObject({ detail: 'the disk is full' });
  expect(await database.reader.query("SELECT name FROM sqlite_master WHERE name = 'much'")).toEqual([]);
  expect(events()).toEqual(['database.away']);

  await setRoom('enough');
  await writeMuch();
  expect(await database.isReachable()).toBe(true);
  expect(events()).toEqual(['database.away', 'database.back']);
});

test('a database that another program holds is DATABASE_UNAVAILABLE, and ready again once it lets go', async () => {
  const other = await startOtherProcess(config.file);
  await other.run('BEGIN IMMEDIATE');
  await expect(writeMuch()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  expect(await database.isReachable()).toBe(false);
  await other.run('ROLLBACK');
  expect(await database.isReachable()).toBe(true);
  await other.end();
});

test('a file that was taken away under the running process is not ready, since what is written to it is lost', async () => {
  expect(await database.isReachable()).toBe(true);
  await rename(config.file, `${config.file}.gone`);
  expect(await database.isReachable()).toBe(false);
  await rename(`${config.file}.gone`, config.file);
  expect(await database.isReachable()).toBe(true);
});

test('a fault of a statement stays a fault of ours', async () => {
  const broken = database.write((transaction) => transaction.query('SELECT nothing FROM nowhere'));
  await expect(broken).rejects.not.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  expect(events()).toEqual([]);
});
