import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { Secret } from '../../src/secret.js';
import { KeyringCheckRow } from '../../src/vault/keyring-check.entity.js';
import { assertKeyringOpensVault } from '../../src/vault/keyring-check.js';
import { rotateKey } from '../../src/vault/keyring-changes.js';
import { changeKeyringFile } from '../../src/vault/keyring-file.js';
import { createKeyringProbe } from '../../src/vault/keyring-probe.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { openKeyring } from '../../src/vault/open-keyring.js';
import { createSealer } from '../../src/vault/seal.js';
import { silentLog } from '../support/silent-log.js';
import { openTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestVault, type TestVault } from '../support/test-keyring.js';

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db.close());

const newVault = (): TestVault => createTestVault(newKeyringText({ development: false, clock: db.clock }));

test('a keyring that opens what is sealed in the vault is well', async () => {
  const vault = newVault();
  await assertKeyringOpensVault({ ...db, ...vault });
  expect(await createKeyringProbe({ ...db, ...vault })()).toBe(true);
});

test('a keyring that lacks a key with which another instance has begun to seal is not well', async () => {
  const [ours, theirs] = [newVault(), newVault()];
  await assertKeyringOpensVault({ ...db, ...ours });
  const isWell = createKeyringProbe({ ...db, ...ours });
  const place = {
    purpose: 'keyring-check',
    table: 'keyring_check',
    field: 'sealed',
    rowId: 'theirs',
    userId: '',
  } as const;
  const sealed = await theirs.sealer.seal(secretOf(theirs), place);
  await db.database.write((transaction) =>
    transaction.insert(KeyringCheckRow, { kid: theirs.keyring.sealingKid, sealed, createdAt: 1 }),
  );
  expect(await isWell()).toBe(false);
});

test('a keyring whose value was altered in the vault is not well', async () => {
  const vault = newVault();
  await assertKeyringOpensVault({ ...db, ...vault });
  const isWell = createKeyringProbe({ ...db, ...vault });
  await db.database.write((transaction) =>
    transaction.update(KeyringCheckRow, { kid: vault.keyring.sealingKid }, { sealed: 'e30..a.b.c' }),
  );
  expect(await isWell()).toBe(false);
});

test('a database that goes away is no fault of the keyring, whether or not it was seen before', async () => {
  const vault = newVault();
  await assertKeyringOpensVault({ ...db, ...vault });
  const away = { isAway: false };
  const isWell = createKeyringProbe({ ...vault, database: databaseThatMayGo(away) });
  expect(await isWell()).toBe(true);
  away.isAway = true;
  expect(await isWell()).toBe(true);
  expect(await createKeyringProbe({ ...vault, database: databaseThatMayGo(away) })()).toBe(true);
});

test('a keyring that is rotated between the looks at its file and at the vault is well', async () => {
  const file = join(db.folder, 'keyring.json');
  await writeFile(file, newKeyringText({ development: false, clock: db.clock }), { mode: 0o600 });
  const vaultOf = async () => createTestVault(await readFile(file, 'utf8'));
  const text = Secret.of((await readFile(file, 'utf8')).trim());
  const keyring = await openKeyring({ ...db, ...(await vaultOf()), text, file, mode: null, log: silentLog });
  let rotations = 0;
  const rotateOnce = async (): Promise<void> => {
    if (rotations > 0) return;
    rotations += 1;
    await changeKeyringFile(file, (before) => rotateKey(before, { clock: db.clock, random: randomBytes }));
    await assertKeyringOpensVault({ ...db, ...(await vaultOf()) }); // as the command that reseals does
  };
  const { reader } = db.database;
  const find: typeof reader.find = async (...asked) => {
    await rotateOnce();
    return reader.find(...asked);
  };
  const database = { reader: Object.assign(Object.create(reader) as typeof reader, { find }) };
  expect(await createKeyringProbe({ database, keyring, sealer: createSealer(keyring) })()).toBe(true);
  expect(rotations).toBe(1);
});

function databaseThatMayGo(state: { readonly isAway: boolean }): Pick<Database, 'reader'> {
  const { reader } = db.database;
  return {
    get reader() {
      if (!state.isAway) return reader;
      return Object.assign(Object.create(reader) as typeof reader, {
        find: () => Promise.reject(new Error('the database is away')),
      });
    },
  };
}

function secretOf({ keyring }: TestVault) {
  return Secret.of(keyring.fingerprint(Secret.of('')));
}
