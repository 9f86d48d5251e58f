import { chmod, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StartFault } from '../../src/config/start-fault.js';
import { prepareDevelopmentFolder } from '../../src/demo/development-folder.js';
import { Secret } from '../../src/secret.js';
import { parseKeyring } from '../../src/vault/keyring.js';
import { createTestClock } from '../support/test-clock.js';

const clock = createTestClock();
const files = ['keyring.json', 'signing-key.json', 'demo-provider.json'];

test('what is made for development can be read by its owner alone', async () => {
  const { path } = await prepareDevelopmentFolder(await newPath(), clock);
  expect(await modeOf(path)).toBe('700');
  for (const name of files) expect(await modeOf(join(path, name))).toBe('600');
});

test('a file that others could read is closed at the next start', async () => {
  const path = await newPath();
  await prepareDevelopmentFolder(path, clock);
  await chmod(join(path, 'keyring.json'), 0o644);
  await prepareDevelopmentFolder(path, clock);
  expect(await modeOf(join(path, 'keyring.json'))).toBe('600');
});

test('a second start keeps every key of the first', async () => {
  const path = await newPath();
  const first = await prepareDevelopmentFolder(path, clock);
  const texts = await textsIn(path);
  expect(await prepareDevelopmentFolder(path, clock)).toEqual(first);
  expect(await textsIn(path)).toEqual(texts);
});

test('two folders share no key', async () => {
  const [one, other] = [await newPath(), await newPath()];
  const first = await prepareDevelopmentFolder(one, clock);
  const second = await prepareDevelopmentFolder(other, clock);
  expect(first.signingKey.d).not.toBe(second.signingKey.d);
  expect(first.demo.clientSecret).not.toBe(second.demo.clientSecret);
  expect(first.demo.cookieKeys).not.toEqual(second.demo.cookieKeys);
});

test('the keyring carries the mark that production refuses', async () => {
  const { keyringFile } = await prepareDevelopmentFolder(await newPath(), clock);
  const keyring = parseKeyring(Secret.of(await readFile(keyringFile, 'utf8')));
  expect(keyring).toMatchObject({ value: { isDevelopment: true } });
});

test('a damaged file stops the start with its name and the mend, and none of its content', async () => {
  const path = await newPath();
  await prepareDevelopmentFolder(path, clock);
  await writeFile(join(path, 'signing-key.json'), '{"d": "half a ke');
  const fault = await prepareDevelopmentFolder(path, clock).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(StartFault);
  expect(String(fault)).toContain(`${join(path, 'signing-key.json')} is damaged; delete it`);
  expect(String(fault)).not.toContain('half a ke');
});

test('a folder that cannot be made is one sentence with the mend', async () => {
  const path = await newPath();
  await writeFile(path, 'a file where the folder should be');
  const fault = await prepareDevelopmentFolder(path, clock).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(StartFault);
  expect(String(fault)).toContain('set LATCHKEY_DATA_FOLDER to another folder');
});

async function newPath(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'latchkey-folder-')), 'has spaces');
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

async function textsIn(path: string): Promise<string[]> {
  return Promise.all(files.map((name) => readFile(join(path, name), 'utf8')));
}
