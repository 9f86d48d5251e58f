import { afterEach, beforeEach, expect, test } from 'vitest';
import { StartFault } from '../../src/config/start-fault.js';
import { assertKeyringOpensVault, assertKeyringSuits } from '../../src/vault/keyring-check.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { KeyringCheckRow } from '../../src/vault/keyring-check.entity.js';
import { openTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestVault } from '../support/test-keyring.js';

interface KeyringJson {
  sealWith: string;
  keys: { kid: string; key: string }[];
  fingerprintKey: string;
}

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db.close());

const newKeyring = (): KeyringJson => JSON.parse(newKeyringText({ development: false, clock: db.clock }));
const start = (keyring: KeyringJson): Promise<void> =>
  assertKeyringOpensVault({ ...db, ...createTestVault(JSON.stringify(keyring)) });
const refusalOf = (keyring: KeyringJson): Promise<unknown> => start(keyring).catch((error: unknown) => error);

test('the first start and every later one with the same keyring succeed', async () => {
  const keyring = newKeyring();
  await start(keyring);
  await start(keyring);
  expect(await db.database.reader.count(KeyringCheckRow)).toBe(1);
});

test('a start without a key that has sealed is refused in one sentence that names it and says what to do', async () => {
  const keyring = newKeyring();
  await start(keyring);
  const refusal = await refusalOf(newKeyring());
  expect(refusal).toBeInstanceOf(StartFault);
  expect(refusal).toMatchObject({ exitCode: 78, message: expect.stringContaining(`"${keyring.sealWith}"`) });
  expect(refusal).toMatchObject({ message: expect.stringMatching(/^[^.]+; put that key back[^.]+\.$/) });
});

test('a start with another key of the same name is refused by name', async () => {
  const keyring = newKeyring();
  await start(keyring);
  const other = newKeyring();
  const namesake = { ...other, sealWith: keyring.sealWith, keys: [{ ...other.keys[0], kid: keyring.sealWith }] };
  const refusal = await refusalOf(namesake as KeyringJson);
  expect(refusal).toBeInstanceOf(StartFault);
  expect(refusal).toMatchObject({ message: expect.stringContaining(`The key "${keyring.sealWith}"`) });
});

test('a start with another fingerprint key is refused, since shared refresh tokens would no longer be found', async () => {
  const keyring = newKeyring();
  await start(keyring);
  const refusal = await refusalOf({ ...keyring, fingerprintKey: newKeyring().fingerprintKey });
  expect(refusal).toBeInstanceOf(StartFault);
  expect(refusal).toMatchObject({ message: expect.stringContaining('fingerprintKey') });
});

test('a refused start leaves no mark: the right keyring still starts', async () => {
  const keyring = newKeyring();
  await start(keyring);
  await refusalOf(newKeyring());
  await start(keyring);
});

test('after a rotation the old key must stay in the keyring, and need not seal', async () => {
  const [old, added] = [newKeyring(), newKeyring()];
  await start(old);
  await start({ ...old, sealWith: added.sealWith, keys: [...old.keys, ...added.keys] });
  await start({ ...old, keys: [...old.keys, ...added.keys] });
  expect(await refusalOf({ ...old, sealWith: added.sealWith, keys: added.keys })).toBeInstanceOf(StartFault);
});

test('no refusal shows a key', async () => {
  const keyring = newKeyring();
  await start(keyring);
  const other = newKeyring();
  const refusal = String(await refusalOf(other));
  for (const { key } of [...keyring.keys, ...other.keys]) expect(refusal).not.toContain(key);
});

test('production refuses a keyring made for development, and says how to make one', () => {
  const ofDevelopment = createTestVault(newKeyringText({ development: true, clock: db.clock })).keyring;
  const ofProduction = createTestVault(newKeyringText({ development: false, clock: db.clock })).keyring;
  expect(() => assertKeyringSuits('production', ofDevelopment)).toThrow('latchkey.js keys new');
  expect(() => assertKeyringSuits('production', ofDevelopment)).toThrow(StartFault);
  assertKeyringSuits('production', ofProduction);
  assertKeyringSuits('development', ofDevelopment);
});
