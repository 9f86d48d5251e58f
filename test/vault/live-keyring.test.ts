import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Secret } from '../../src/secret.js';
import { KeyringCheckRow } from '../../src/vault/keyring-check.entity.js';
import { addKey, rotateKey } from '../../src/vault/keyring-changes.js';
import { changeKeyringFile } from '../../src/vault/keyring-file.js';
import { newKeyringText, parseKeyring } from '../../src/vault/keyring.js';
import type { LiveKeyring } from '../../src/vault/live-keyring.js';
import { openKeyring } from '../../src/vault/open-keyring.js';
import { createSealer, OpenFailure, type SealPlace } from '../../src/vault/seal.js';
import { collectLog, type LogLines } from '../support/log-lines.js';
import { openTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestVault } from '../support/test-keyring.js';

const place: SealPlace = { purpose: 'token-set', table: 'token_set', field: 'f', rowId: 'acc_1', userId: 'ann' };
const value = Secret.of('a token');

let db: TestDatabase;
let file: string;
let log: LogLines;
let keyring: LiveKeyring;
beforeEach(async () => {
  db = await openTestDatabase();
  file = join(await mkdtemp(join(tmpdir(), 'latchkey-live-')), 'keyring.json');
  await writeFile(file, newKeyringText({ development: false, clock: db.clock }), { mode: 0o600 });
  log = collectLog();
  keyring = await open();
});
afterEach(async () => {
  await db.close();
  await rm(join(file, '..'), { recursive: true });
});

async function open(from: string | null = file): Promise<LiveKeyring> {
  const text = Secret.of((await readFile(file, 'utf8')).trim());
  const parsed = parseKeyring(text);
  if ('faults' in parsed) throw new Error('The keyring of the test is faulty.');
  return openKeyring({ ...db, keyring: parsed.value, text, file: from, mode: 'production', log: log.log });
}

const parts = () => ({ clock: db.clock, random: randomBytes });
const rotate = () => changeKeyringFile(file, (text) => rotateKey(text, parts()));
const sealedByOthers = async () => createTestVault(await readFile(file, 'utf8')).sealer.seal(value, place);
const refusals = () => log.lines.filter(({ event }) => event === 'keyring.reload_refused');

test('a value sealed with a key that came into the file since opens without a restart', async () => {
  await rotate();
  const sealed = await sealedByOthers();
  expect((await createSealer(keyring).open(sealed, place)).equals(value)).toBe(true);
  expect(log.events()).toEqual(['keyring.reloaded']);
});

test('the key that the file names seals the very next value', async () => {
  const sealer = createSealer(keyring);
  await sealer.seal(value, place);
  const { sealWith } = await rotate();
  const sealed = await sealer.seal(value, place);
  expect(Buffer.from(sealed.split('.')[0] ?? '', 'base64url').toString()).toContain(`"kid":"${sealWith}"`);
});

test('a key that is only added opens and does not seal', async () => {
  const { sealWith } = await changeKeyringFile(file, (text) => addKey(text, parts()));
  await keyring.keepUp();
  expect(keyring.sealingKid).toBe(sealWith);
  expect(keyring.kids).toHaveLength(2);
});

test('a key that is taken up to seal is remembered by the vault before it seals', async () => {
  const { sealWith } = await rotate();
  await keyring.keepUp();
  expect(await db.database.reader.existsBy(KeyringCheckRow, { kid: sealWith })).toBe(true);
});

test.each([
  ['broken text', () => 'no keyring at all'],
  ['an empty file', () => ''],
  ['a keyring without the key that sealed', () => newKeyringText({ development: false, clock: db.clock })],
  ['a keyring for development', (text: string) => JSON.stringify({ ...JSON.parse(text), development: true })],
  ['another fingerprint key', (text: string) => text.replace(/(fingerprintKey": ")[^"]+/, `$1${randomKey()}`)],
])('%s changes nothing, is logged once, and is mended by the right file', async (_name, spoil) => {
  const sealer = createSealer(keyring);
  const good = await readFile(file, 'utf8');
  const sealed = await sealer.seal(value, place);
  await put(spoil(good));

  expect((await sealer.open(await sealer.seal(value, place), place)).equals(value)).toBe(true);
  expect((await sealer.open(sealed, place)).equals(value)).toBe(true);
  await keyring.keepUp();
  expect(refusals()).toHaveLength(1);
  for (const key of good.match(/[\w-]{43}/g) ?? ['none']) expect(JSON.stringify(log.lines)).not.toContain(key);

  await put(good);
  const { sealWith } = await rotate();
  await keyring.keepUp();
  expect(keyring.sealingKid).toBe(sealWith);
});

test('a file that is gone changes nothing and is logged once', async () => {
  await rm(file);
  await keyring.keepUp();
  await keyring.keepUp();
  expect(keyring.kids).toHaveLength(1);
  expect(refusals()).toHaveLength(1);
});

test('a value under a key that nobody has fails, and does not have the file read again and again', async () => {
  const strange = await createTestVault().sealer.seal(value, place);
  const sealer = createSealer(keyring);
  for (let round = 0; round < 3; round += 1) {
    await expect(sealer.open(strange, place)).rejects.toThrow(OpenFailure);
  }
  expect(log.lines).toEqual([]);
});

test('all who meet a new key at once find it', async () => {
  await rotate();
  const sealed = await sealedByOthers();
  const sealer = createSealer(keyring);
  const opened = await Promise.all(Array.from({ length: 50 }, () => sealer.open(sealed, place)));
  expect(opened.every((one) => one.equals(value))).toBe(true);
  expect(log.events()).toEqual(['keyring.reloaded']);
});

test('a reload on demand says which keys are in use, changed or not', async () => {
  await keyring.reload();
  expect(log.events()).toEqual(['keyring.in_use']);
  const { sealWith } = await rotate();
  await keyring.reload();
  expect(log.lines.at(-1)).toMatchObject({ event: 'keyring.in_use', sealingKid: sealWith });
});

test('a keyring that came as text stays as it is and says so when asked to reload', async () => {
  const fixed = await open(null);
  await rotate();
  await fixed.reload();
  expect(fixed.kids).toHaveLength(1);
  expect(log.events()).toEqual(['keyring.not_in_a_file']);
});

test('a database that is away puts a reload off, and does not stop sealing', async () => {
  const sealer = createSealer(keyring);
  let isAway = true;
  const text = Secret.of((await readFile(file, 'utf8')).trim());
  const database = {
    ...db.database,
    write: (work: never) => (isAway ? Promise.reject(new Error('away')) : db.database.write(work)),
  } as typeof db.database;
  const parsed = parseKeyring(text);
  if ('faults' in parsed) throw new Error('The keyring of the test is faulty.');
  isAway = false;
  const live = await openKeyring({ ...db, database, keyring: parsed.value, text, file, mode: null, log: log.log });
  isAway = true;
  await rotate();
  const before = createSealer(live);
  await sealer.open(await before.seal(value, place), place);
  expect(refusals()).toHaveLength(1);
  isAway = false;
  await live.keepUp();
  expect(live.kids).toHaveLength(2);
});

/** As an operator's tool does it: two writes of one length in one tick of the file system's clock would look the same. */
async function put(text: string): Promise<void> {
  await writeFile(`${file}.put`, text, { mode: 0o600 });
  await rename(`${file}.put`, file);
}

function randomKey(): string {
  return randomBytes(32).toString('base64url');
}
