import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeProcessLock } from '../../src/database/process-lock.js';
import { startOtherProcess } from '../support/other-process.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-lock-'));
  file = join(folder, 'some.lock');
});
afterEach(() => rm(folder, { recursive: true }));

test('one has it, in this process too, until it gives it back', async () => {
  const first = await takeProcessLock(file);
  expect(await takeProcessLock(file)).toBeNull();
  await first?.release();
  const second = await takeProcessLock(file);
  expect(second).not.toBeNull();
  await second?.remove();
  expect(await readdir(folder)).toEqual([]);
});

test('another process has it as long as it lives', async () => {
  const other = await startOtherProcess(file);
  await other.run('BEGIN EXCLUSIVE');
  expect(await takeProcessLock(file)).toBeNull();
  await other.kill();
  const mine = await takeProcessLock(file);
  expect(mine).not.toBeNull();
  await mine?.release();
});

test('a file that cannot be made is a fault, and not a lock that somebody has', async () => {
  await expect(takeProcessLock(join(folder, 'none', 'some.lock'))).rejects.toMatchObject({ code: 'SQLITE_CANTOPEN' });
});
