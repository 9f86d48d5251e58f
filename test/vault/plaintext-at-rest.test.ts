/** Looks for planted markers in every byte of the database's files, the write-ahead log among them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Secret } from '../../src/secret.js';
import { TokenSetRow } from '../../src/vault/token-set.entity.js';
import { createTokenStore } from '../../src/vault/token-store.js';
import { openTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestVault } from '../support/test-keyring.js';

const owner = { accountId: 'acc_1', userId: 'ann' };
const marker = (name: string): string => `MARKER-${name}-5f1c9a`;

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db.close());

/** The files that hold the marker, in any of the spellings in which bytes travel. */
async function filesWith(text: string): Promise<string[]> {
  const spellings = [text, ...(['hex', 'base64', 'base64url', 'utf16le'] as const).map((name) => respell(text, name))];
  const found: string[] = [];
  for (const name of await readdir(db.folder)) {
    const bytes = await readFile(join(db.folder, name));
    if (spellings.some((spelling) => bytes.includes(spelling))) found.push(name);
  }
  return found.toSorted();
}

function respell(text: string, encoding: 'hex' | 'base64' | 'base64url' | 'utf16le'): string | Buffer {
  return encoding === 'utf16le' ? Buffer.from(text, encoding) : Buffer.from(text).toString(encoding).replace(/=+$/, '');
}

test('no token that was ever stored can be read in the database file or its log', async () => {
  const tokens = createTokenStore({ ...db, ...createTestVault() });
  const first = { accessToken: Secret.of(marker('access-1')), refreshToken: Secret.of(marker('refresh-1')) };
  const second = { accessToken: Secret.of(marker('access-2')), refreshToken: Secret.of(marker('refresh-2')) };
  const [sealedFirst, sealedSecond] = [await tokens.seal(owner, first), await tokens.seal(owner, second)];
  await db.database.write((transaction) => tokens.create(transaction, sealedFirst));
  await db.database.write((transaction) => tokens.replace(transaction, sealedSecond, 1));

  expect(await filesWith(sealedSecond.sealedAccessToken)).toEqual(['latchkey.db-wal']); // the row is there
  for (const name of ['access-1', 'refresh-1', 'access-2', 'refresh-2']) {
    expect(await filesWith(marker(name)), name).toEqual([]);
  }
});

test('the same search finds a token that was stored unsealed, in the log and later in the file', async () => {
  await db.database.write((transaction) =>
    transaction.insert(TokenSetRow, {
      ...owner,
      version: 1,
      sealedAccessToken: marker('plain'),
      sealedRefreshToken: Buffer.from(marker('encoded')).toString('base64url'),
      updatedAt: 0,
    }),
  );
  expect(await filesWith(marker('plain'))).toEqual(['latchkey.db-wal']);
  expect(await filesWith(marker('encoded'))).toEqual(['latchkey.db-wal']);
  await db.database.close(); // folds the log into the file
  expect(await filesWith(marker('plain'))).toEqual(['latchkey.db']);
});
