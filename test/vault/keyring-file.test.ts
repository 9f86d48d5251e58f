import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StartFault } from '../../src/config/start-fault.js';
import { addKey, dropKey, rotateKey, useKey } from '../../src/vault/keyring-changes.js';
import { changeKeyringFile, keyringFile, readKeyringFile } from '../../src/vault/keyring-file.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { createTestClock } from '../support/test-clock.js';

const parts = { clock: createTestClock(), random: randomBytes };

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-keyring-'));
  file = join(folder, 'keyring.json');
  await writeFile(file, newKeyringText({ development: false, clock: parts.clock }), { mode: 0o600 });
});
afterEach(() => rm(folder, { recursive: true }));

const refusalOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('a change of the keyring', () => {
  test('keeps every key that was there, and the fingerprint key, when one is added or rotated in', async () => {
    const before = await readKeyringFile(file);
    await changeKeyringFile(file, (text) => addKey(text, parts));
    await changeKeyringFile(file, (text) => rotateKey(text, parts));
    const after = await readKeyringFile(file);
    expect(after.keys).toHaveLength(3);
    expect(after.keys[0]).toEqual(before.keys[0]);
    expect(after.fingerprintKey).toBe(before.fingerprintKey);
  });

  test('lets an added key open only, and a rotated one seal', async () => {
    const { sealWith } = await readKeyringFile(file);
    const added = await changeKeyringFile(file, (text) => addKey(text, parts));
    expect(added.sealWith).toBe(sealWith);
    const rotated = await changeKeyringFile(file, (text) => rotateKey(text, parts));
    expect(rotated.sealWith).toBe(rotated.keys.at(-1)?.kid);
    expect(rotated.sealWith).not.toBe(sealWith);
  });

  test('never drops the key that seals, or one that is not there', async () => {
    const { sealWith } = await readKeyringFile(file);
    const before = await readFile(file, 'utf8');
    for (const kid of [sealWith, 'another']) {
      expect(await refusalOf(changeKeyringFile(file, (text) => dropKey(text, kid)))).toBeInstanceOf(StartFault);
    }
    expect(await refusalOf(changeKeyringFile(file, (text) => useKey(text, 'another')))).toBeInstanceOf(StartFault);
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  test('leaves one file, for its owner alone', async () => {
    await changeKeyringFile(file, (text) => rotateKey(text, parts));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['keyring.json']);
  });

  test('shuts others out, and lets the group that may read go on reading', async () => {
    await chmod(file, 0o664);
    await changeKeyringFile(file, (text) => rotateKey(text, parts));
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  test('keeps a link a link', async () => {
    const link = join(folder, 'link.json');
    await symlink(file, link);
    await changeKeyringFile(link, (text) => rotateKey(text, parts));
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await readKeyringFile(file)).keys).toHaveLength(2);
  });

  test('that fails leaves the file as it was and nothing beside it', async () => {
    const before = await readFile(file, 'utf8');
    const failing = changeKeyringFile(file, () => Promise.reject(new StartFault('The vault says no.')));
    expect(await refusalOf(failing)).toMatchObject({ message: 'The vault says no.' });
    expect(await refusalOf(changeKeyringFile(file, (text) => ({ ...text, sealWith: 'nobody' })))).toBeInstanceOf(
      StartFault,
    );
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await readdir(folder)).toEqual(['keyring.json']);
  });

  test('is refused while another one is under way, so that no key is lost', async () => {
    let second: unknown;
    const first = await changeKeyringFile(file, async (text) => {
      second = await refusalOf(changeKeyringFile(file, (other) => rotateKey(other, parts)));
      return rotateKey(text, parts);
    });
    expect(second).toBeInstanceOf(StartFault);
    expect(second).toMatchObject({ exitCode: 75, message: expect.stringContaining('delete that file') });
    expect(await readKeyringFile(file)).toEqual(first);
  });

  test('of a faulty keyring is refused, and the fault shows no key', async () => {
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('A256GCM', 'A128GCM'));
    const refusal = await refusalOf(changeKeyringFile(file, (other) => rotateKey(other, parts)));
    expect(refusal).toBeInstanceOf(StartFault);
    for (const key of text.match(/[\w-]{43}/g) ?? ['none']) expect(String(refusal)).not.toContain(key);
  });
});

describe('the stamp of the file', () => {
  test('changes with every change, and not without one', async () => {
    const source = keyringFile(file);
    const first = await source.stamp();
    expect(await source.stamp()).toBe(first);
    await changeKeyringFile(file, (text) => rotateKey(text, parts));
    expect(await source.stamp()).not.toBe(first);
  });

  test('exists for a file that is gone', async () => {
    const source = keyringFile(join(folder, 'gone.json'));
    expect(await source.stamp()).toBe(await source.stamp());
    expect(await refusalOf(source.read())).toBeInstanceOf(StartFault);
  });
});
