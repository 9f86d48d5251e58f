import { readFileSync } from 'node:fs';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../../src/cli/run-command.js';
import { Secret } from '../../src/secret.js';
import { assertKeyringOpensVault } from '../../src/vault/keyring-check.js';
import { openJournal } from '../../src/vault/journal.js';
import { readKeyringText, type KeyringText } from '../../src/vault/keyring-text.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { TokenSetRow } from '../../src/vault/token-set.entity.js';
import { accountName, stockVault, type StockedVault } from '../support/stocked-vault.js';
import { databaseKinds, databaseIn, openTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestVault } from '../support/test-keyring.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { silentLog } from '../support/silent-log.js';

interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

interface Listed {
  readonly keys: readonly { kid: string; state: string; sealedValues: number; inJournal: number }[];
  readonly underOtherKeys: number;
}

const accounts = 4;

describe.each(databaseKinds)('the keys commands on %s', (kind) => {
  let db: TestDatabase;
  let file: string;
  let environment: Record<string, string>;
  let stock: StockedVault;
  let shown: string;

  beforeEach(async () => {
    db = await openTestDatabase(kind);
    file = join(db.folder, 'keyring.json');
    await writeFile(file, newKeyringText({ development: false, clock: db.clock }), { mode: 0o600 });
    environment = {
      LATCHKEY_KEYRING_FILE: file,
      LATCHKEY_DATA_FOLDER: db.folder,
      ...(db.config.kind === 'postgres' ? { LATCHKEY_DATABASE_URL: db.config.url.expose() } : {}),
    };
    const vault = createTestVault(await readFile(file, 'utf8'));
    await assertKeyringOpensVault({ ...db, ...vault });
    stock = await stockVault({ ...db, ...vault, accounts });
    shown = '';
  });
  afterEach(async () => {
    const keys = (await readFile(file, 'utf8')).match(/[\w-]{43}/g) ?? ['none'];
    for (const key of keys) expect(shown, 'no command shows a key').not.toContain(key);
    await db.close();
  });

  async function run(words: string, changes: Record<string, string> = {}): Promise<Ran> {
    let [output, errors] = ['', ''];
    const code = await runCommand(words.split(' '), {
      sources: { environment: { ...environment, ...changes }, readFile: read, readFolder: () => [] },
      clock: db.clock,
      write: (text) => void (output += text),
      writeError: (text) => void (errors += text),
    });
    shown += output + errors;
    return { code, output, errors };
  }

  const keyring = async (): Promise<KeyringText> => textOf(await readFile(file, 'utf8'));
  const readBack = async () => stock.read({ ...db, ...createTestVault(await readFile(file, 'utf8')) });
  const listed = async (): Promise<Listed> => JSON.parse((await run('keys list --json')).output) as Listed;
  const spoil = async (accountId: string): Promise<void> => {
    const row = await db.database.reader.findOneByOrFail(TokenSetRow, { accountId });
    const sealedAccessToken = `${row.sealedAccessToken.slice(0, -4)}AAAA`;
    await db.database.write((transaction) => transaction.update(TokenSetRow, { accountId }, { sealedAccessToken }));
  };

  test('a rotation is three commands, after which the old key is gone and everything opens', async () => {
    const { sealWith: old } = await keyring();
    expect((await run('keys rotate')).code).toBe(0);
    const { sealWith: fresh } = await keyring();
    expect(await listed()).toEqual({
      keys: [
        { kid: old, createdAt: expect.any(String), state: 'opens', sealedValues: stock.cells, inJournal: 0 },
        { kid: fresh, createdAt: expect.any(String), state: 'seals', sealedValues: 0, inJournal: 0 },
      ],
      underOtherKeys: 0,
    });
    expect(await run('keys reseal')).toMatchObject({ code: 0, output: expect.stringContaining(`keys drop ${old}`) });
    expect((await run(`keys drop ${old}`)).code).toBe(0);
    expect((await keyring()).keys.map(({ kid }) => kid)).toEqual([fresh]);
    expect(await readBack()).toEqual(stock.values);
    await assertKeyringOpensVault({ ...db, ...createTestVault(await readFile(file, 'utf8')) });
  });

  test('rotate says what to do next, with the names of the keys', async () => {
    const { sealWith: old } = await keyring();
    const { output } = await run('keys rotate');
    for (const part of ['SIGHUP', 'keys reseal', `keys drop ${old}`]) expect(output).toContain(part);
  });

  test('rotate takes the file that --keyring names before the environment, and needs no database', async () => {
    const { code } = await run(`keys rotate --keyring ${file}`, {
      LATCHKEY_KEYRING_FILE: '/gone/keyring.json',
      LATCHKEY_DATABASE_URL: 'nonsense',
    });
    expect(code).toBe(0);
    expect((await keyring()).keys).toHaveLength(2);
  });

  test('rotate leaves a file for its owner alone', async () => {
    await chmod(file, 0o644);
    await run('keys rotate');
    expect((await stat(file)).mode & 0o007).toBe(0);
  });

  test('an added key opens at once and seals when it is used', async () => {
    const { sealWith: old } = await keyring();
    await run('keys add');
    const added = (await keyring()).keys.at(-1)?.kid ?? '';
    expect((await keyring()).sealWith).toBe(old);
    expect((await run(`keys use ${added}`)).code).toBe(0);
    expect((await keyring()).sealWith).toBe(added);
  });

  test('drop refuses the key that seals, one in use, and one that is not there, and changes nothing', async () => {
    const { sealWith: old } = await keyring();
    await run('keys rotate');
    const before = await readFile(file, 'utf8');
    expect(await run(`keys drop ${old}`)).toMatchObject({
      code: 78,
      errors: expect.stringContaining(`${stock.cells} sealed values stand under the key "${old}"`),
    });
    expect((await run(`keys drop ${(await keyring()).sealWith}`)).code).toBe(78);
    expect((await run('keys drop another')).code).toBe(78);
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await readBack()).toEqual(stock.values);
  });

  test('drop refuses a key that an answer in the journal stands under, until that is settled', async () => {
    const { sealWith: old } = await keyring();
    const { sealer } = createTestVault(await readFile(file, 'utf8'));
    const parts = { folder: join(db.folder, 'journal'), sealer, clock: db.clock, log: silentLog };
    const journal = await openJournal(parts);
    const key = { attempt: 'rfr_1', accountId: 'acc_1', userId: 'anna', providerId: 'test', version: 1 };
    await journal.keep(key, { answer: { status: 200, headers: {}, body: new Uint8Array() }, sentAt: 0 });
    await run('keys rotate');
    await run('keys reseal');
    expect((await listed()).keys.map(({ inJournal }) => inJournal)).toEqual([1, 0]);
    expect(await run(`keys drop ${old}`)).toMatchObject({ code: 78, errors: expect.stringContaining('1 answers') });
    await journal.settle(key.attempt);
    expect((await run(`keys drop ${old}`)).code).toBe(0);
    await journal.close();
  });

  test('reseal tells how many values do not open and where, ends with 65, and drop keeps their key', async () => {
    const { sealWith: old } = await keyring();
    await spoil(accountName(1));
    await run('keys rotate');
    const { code, output, errors } = await run('keys reseal');
    expect(code).toBe(65);
    expect(errors).toContain('One sealed value does not open');
    expect(output).toContain(`Does not open: token_set ${accountName(1)} sealed_access_token`);
    expect((await run(`keys drop ${old}`)).code).toBe(78);
    expect((await run(`keys drop ${old} --abandon-unreadable`)).code).toBe(0);
    expect((await keyring()).keys).toHaveLength(1);
  });

  test('--abandon-unreadable brings over what opens before it drops the key', async () => {
    const { sealWith: old } = await keyring();
    await spoil(accountName(1));
    await run('keys rotate');
    expect((await run(`keys drop ${old} --abandon-unreadable`)).code).toBe(0);
    expect(await listed()).toMatchObject({ keys: [{ sealedValues: stock.cells - 1 }], underOtherKeys: 1 });
  });

  test('reseal gives its outcome as JSON and its progress on standard error', async () => {
    const { sealWith: old } = await keyring();
    await run('keys rotate');
    const { output, errors } = await run('keys reseal --json');
    expect(JSON.parse(output)).toEqual({
      end: 'DONE',
      sealingKid: (await keyring()).sealWith,
      resealed: stock.cells,
      lostRaces: 0,
      otherKeys: { [old]: 0 },
      underUnknownKeys: 0,
      unreadable: [],
    });
    expect(errors).toContain(`${stock.cells} of ${stock.cells} values (100 %)`);
  });

  test('list shows a table for people', async () => {
    const { output } = await run('keys list');
    expect(output.split('\n')[0]).toMatch(/^KEY +CREATED +STATE +SEALED VALUES +IN JOURNAL$/);
    expect(output).toMatch(new RegExp(`${(await keyring()).sealWith} .* seals +${stock.cells} +0\n`));
  });

  test('no command that judges by the database takes an empty one for the vault', async () => {
    const { sealWith: old } = await keyring();
    await run('keys rotate');
    const elsewhere = { LATCHKEY_DATA_FOLDER: join(db.folder, 'elsewhere'), LATCHKEY_DATABASE_URL: '' };
    for (const words of ['keys list', 'keys reseal', `keys drop ${old}`]) {
      const { code, errors } = await run(words, elsewhere);
      expect(code).toBe(78);
      expect(errors).toContain('Nothing was ever sealed in this database');
    }
    expect((await keyring()).keys).toHaveLength(2);
  });

  test('drop refuses the vault of another keyring, in which the key would look unused', async () => {
    const { sealWith: old } = await keyring();
    await run('keys rotate');
    const folder = join(db.folder, 'other');
    const database = await openDatabase({ config: databaseIn(folder), entities, migrations, log: silentLog });
    await assertKeyringOpensVault({ ...db, database, ...createTestVault() });
    await database.close();
    const { code } = await run(`keys drop ${old}`, { LATCHKEY_DATA_FOLDER: folder, LATCHKEY_DATABASE_URL: '' });
    expect(code).toBe(78);
    expect((await keyring()).keys).toHaveLength(2);
  });

  test('a command without a keyring says how to name one', async () => {
    for (const words of ['keys list', 'keys rotate', 'keys reseal']) {
      const { code, errors } = await run(words, { LATCHKEY_KEYRING_FILE: '' });
      expect(code).toBe(78);
      expect(errors).toContain('--keyring');
    }
  });
});

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

function textOf(text: string): KeyringText {
  const parsed = readKeyringText(Secret.of(text));
  if ('faults' in parsed) throw new Error('The keyring is faulty.');
  return parsed.value;
}
