import { chmod, mkdtemp, readdir, readFile, rm, stat, appendFile, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeProcessLock, type ProcessLock } from '../../src/database/process-lock.js';
import { openJournal, type Journal } from '../../src/vault/journal.js';
import { readLines, type JournalKey } from '../../src/vault/journal-lines.js';
import { countJournalled } from '../../src/vault/left-journals.js';
import { collectLog, type LogLines } from '../support/log-lines.js';
import { createTestClock } from '../support/test-clock.js';
import { createTestVault } from '../support/test-keyring.js';

let parent: string;
let folder: string;
let log: LogLines;
const opened: Journal[] = [];
let vault: ReturnType<typeof createTestVault>;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'latchkey-journal-'));
  folder = join(parent, 'journal');
  log = collectLog();
  vault = createTestVault();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((journal) => journal.close()));
  await rm(parent, { recursive: true, force: true });
});

const marker = 'planted-token-0123456789';
const key: JournalKey = { attempt: 'rfr_1', accountId: 'acc_1', userId: 'anna', providerId: 'test', version: 4 };
const raw = {
  answer: {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: new Uint8Array(Buffer.from(JSON.stringify({ access_token: marker }))),
  },
  sentAt: 1_000,
};

/** An instance, which is closed at the end. */
async function open({ sealer } = vault): Promise<Journal & { die(): Promise<void> }> {
  let lock: ProcessLock | null = null;
  const takeLock = async (file: string): Promise<ProcessLock | null> => {
    const taken = await takeProcessLock(file);
    lock ??= taken; // the first is its own
    return taken;
  };
  const journal = await openJournal({ folder, sealer, clock: createTestClock(), log: log.log, takeLock });
  const one = {
    ...journal,
    async die() {
      await lock?.release();
      opened.splice(opened.indexOf(one), 1);
    },
  };
  opened.push(one);
  return one;
}
/** Leaves a lock behind, as a process does that is killed. */
async function openAndDie(work: (journal: Journal) => Promise<unknown>): Promise<void> {
  const journal = await open();
  await work(journal);
  await journal.die();
}
const names = async (): Promise<string[]> => (await readdir(folder)).filter((name) => !name.endsWith('.lock'));
const text = async (): Promise<string> =>
  (await Promise.all((await names()).map((name) => readFile(join(folder, name), 'utf8')))).join('');
const path = async (): Promise<string> => join(folder, (await names())[0] ?? '');

test('an answer that nobody settled is the next instance’s, byte for byte, and its own file holds it from then on', async () => {
  await openAndDie(async (first) => {
    await first.begin(key);
    await first.keep(key, raw);
  });
  for (const _ of [1, 2]) {
    await openAndDie(async (next) => {
      expect(await next.adopt()).toEqual({ answers: [{ key: expect.objectContaining(key), raw }], tries: [] });
      expect(next.depth()).toBe(1);
      expect(await names()).toHaveLength(1);
    });
  }
});

test('a try that died without an answer is the next instance’s too, until it is settled', async () => {
  await openAndDie((first) => first.begin(key));
  await openAndDie(async (next) => {
    expect(await next.adopt()).toEqual({ answers: [], tries: [expect.objectContaining(key)] });
    expect(next.depth()).toBe(0);
  });
  const last = await open();
  expect((await last.adopt()).tries).toMatchObject([{ attempt: key.attempt }]);
  await last.settle(key.attempt);
  expect(await text()).toBe('');
});

test('what an instance that lives has is its own', async () => {
  const living = await open();
  await living.begin(key);
  await living.keep({ ...key, attempt: 'rfr_2' }, raw);
  const before = await text();
  expect(await (await open()).adopt()).toEqual({ answers: [], tries: [] });
  expect(await text()).toBe(before);
});

test('what is settled is gone from the disk, and an instance that ends leaves no file', async () => {
  const journal = await open();
  for (const attempt of ['rfr_1', 'rfr_2']) {
    await journal.begin({ ...key, attempt });
    await journal.keep({ ...key, attempt }, raw);
  }
  await journal.settle('rfr_1');
  expect(readLines(await text()).open).toMatchObject([{ attempt: 'rfr_2' }]);
  await journal.settle('rfr_2');
  expect(journal.depth()).toBe(0);
  expect(await text()).toBe('');
  await journal.close();
  expect(await readdir(folder)).toEqual([]);
});

test('past 8 MiB the file is written anew with what is open, and nothing of that is lost', async () => {
  const big = { ...raw, answer: { ...raw.answer, body: new Uint8Array(Buffer.alloc(60 * 1024, 'x')) } };
  await openAndDie(async (first) => {
    await first.keep(key, raw);
    for (let at = 0; at < 110; at += 1) {
      await first.keep({ ...key, attempt: `rfr_big_${at}` }, big);
      await first.settle(`rfr_big_${at}`);
    }
    expect((await stat(await path())).size).toBeLessThan(8 * 1024 * 1024);
  });
  expect((await (await open()).adopt()).answers).toMatchObject([{ key: { attempt: key.attempt } }]);
});

test('no token stands in it, and its user alone may read it', async () => {
  const journal = await open();
  await journal.keep(key, raw);
  const stored = await text();
  expect(stored).toContain('"sealed"');
  for (const form of [marker, Buffer.from(marker).toString('base64').slice(0, 20), 'access_token']) {
    expect(stored).not.toContain(form);
  }
  expect(((await stat(folder)).mode & 0o777).toString(8)).toBe('700');
  expect(((await stat(await path())).mode & 0o777).toString(8)).toBe('600');
});

test('a line that a crash tore is told and put aside, and the answers before it are taken up', async () => {
  await openAndDie((first) => first.keep(key, raw));
  await appendFile(await path(), '{"attempt":"rfr_2","acc');
  expect((await (await open()).adopt()).answers).toHaveLength(1);
  expect(log.lines.at(-1)).toMatchObject({ event: 'refresh.journal_unreadable', unreadable: 1 });
  expect((await readdir(folder)).filter((name) => name.endsWith('.unreadable'))).toHaveLength(1);
});

test.each<[string, Partial<JournalKey>]>([
  ['try', { attempt: 'rfr_9' }],
  ['account', { accountId: 'acc_9' }],
  ['user', { userId: 'bert' }],
  ['provider', { providerId: 'other' }],
  ['version', { version: 5 }],
])('an answer that was moved to another %s does not open', async (_what, change) => {
  await openAndDie((first) => first.keep(key, raw));
  const file = await path();
  const entry: object = JSON.parse(await readFile(file, 'utf8'));
  await unlink(file);
  await appendFile(file, `${JSON.stringify({ ...entry, ...change })}\n`);
  expect((await (await open()).adopt()).answers).toEqual([]);
  expect(log.events()).toEqual(['refresh.journal_unreadable']);
});

test('an answer under a key that is gone stops no start and is not deleted', async () => {
  await openAndDie((first) => first.keep(key, raw));
  expect((await (await open(createTestVault())).adopt()).answers).toEqual([]);
  expect(log.events()).toEqual(['refresh.journal_unreadable']);
  expect(await text()).toContain('"sealed"');
});

test('the answers under a key are counted until they are settled', async () => {
  const journal = await open();
  await journal.keep(key, raw);
  await journal.begin({ ...key, attempt: 'rfr_2' });
  const kid = vault.keyring.sealingKid;
  expect(await countJournalled(folder, kid)).toBe(1);
  expect(await countJournalled(folder, 'another')).toBe(0);
  await journal.settle(key.attempt);
  expect(await countJournalled(folder, kid)).toBe(0);
});

test('a living instance whose file was taken away writes it again before it says that anything is kept', async () => {
  const living = await open();
  await living.keep(key, raw);
  await unlink(await path());
  await living.begin({ ...key, attempt: 'rfr_2' });
  await living.keep({ ...key, attempt: 'rfr_2' }, raw);
  const attempts = readLines(await text()).open.map(({ attempt }) => attempt);
  expect(new Set(attempts)).toEqual(new Set(['rfr_1', 'rfr_2']));
});

test('where the folder is gone nothing is noted and it is not well, until it is back', async () => {
  const journal = await open();
  await rm(folder, { recursive: true });
  await expect(journal.begin(key)).rejects.toThrow();
  expect(await journal.isWell()).toBe(false);
  const other = await open(); // makes the folder
  expect(await journal.isWell()).toBe(true);
  await journal.begin(key);
  await other.close();
});

test('a folder that cannot be made is one sentence with the mend', async () => {
  await appendFile(folder, '');
  await chmod(folder, 0o400);
  await expect(open()).rejects.toMatchObject({ name: 'StartFault', message: expect.stringContaining('DATA_FOLDER') });
});
