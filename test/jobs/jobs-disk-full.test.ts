/** What the scheduler does while the disk is full. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFaultLog } from '../../src/jobs/fault-log.js';
import { openSqliteFile } from '../../src/jobs/sqlite-file.js';
import { collectLog } from '../support/log-lines.js';
import { createTestClock } from '../support/test-clock.js';

test('a transaction that the full disk has rolled back says that the disk is full, and the next one works', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-jobs-full-'));
  const file = await openSqliteFile(join(folder, 'jobs.db'));
  await file.run('CREATE TABLE ballast (bytes)');
  await file.run('PRAGMA max_page_count = 1');
  const put = (bytes: number) =>
    file.transaction(({ run }) => run(`INSERT INTO ballast VALUES (randomblob(${bytes}))`));
  await expect(put(100_000)).rejects.toMatchObject({ code: 'SQLITE_FULL' });
  expect(await put(1)).toBe(1);
  await file.close();
  await rm(folder, { recursive: true });
});

test('what the scheduler fails at with every look is told once a minute, with how often, and each kind by itself', () => {
  const clock = createTestClock();
  const { log, lines } = collectLog();
  const tell = createFaultLog({ clock, log });
  const full = Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
  for (let look = 0; look < 120; look += 1) {
    tell(full);
    clock.advance(500);
  }
  tell(new TypeError('another'));
  tell(full);
  expect(lines).toMatchObject([
    { event: 'jobs.fault', err: { code: 'SQLITE_FULL' }, notTold: 0 },
    { event: 'jobs.fault', err: { message: 'another' }, notTold: 0 },
    { event: 'jobs.fault', err: { code: 'SQLITE_FULL' }, notTold: 119 },
  ]);
});
