import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/secret.js';
import { readKeyringText, writeKeyringText, type KeyringText } from '../../src/vault/keyring-text.js';
import { dropKey, rotateKey } from '../../src/vault/keyring-changes.js';
import { assertKeyringOpensVault } from '../../src/vault/keyring-check.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { reseal, type ResealOutcome, type ResealRun } from '../../src/vault/reseal.js';
import { sealedBeginning } from '../../src/vault/seal.js';
import { createSealedValueStore, type SealedValueStore } from '../../src/vault/sealed-value-store.js';
import { createTokenStore } from '../../src/vault/token-store.js';
import { TokenSetRow } from '../../src/vault/token-set.entity.js';
import { accountName, deceitfulIss, stockVault, type StockedVault, type VaultParts } from '../support/stocked-vault.js';
import { databaseKinds, openTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestVault } from '../support/test-keyring.js';

const accounts = 8;
const tokenCells = accounts * 3;

describe.each(databaseKinds)('resealing on %s', (kind) => {
  let db: TestDatabase;
  let oldText: KeyringText;
  let newText: KeyringText;
  /** What a gateway with the keyring of before the rotation has, of after it, and with the old key dropped. */
  let before: VaultParts;
  let after: VaultParts;
  let withoutOld: VaultParts;
  let stock: StockedVault;
  let values: SealedValueStore;

  beforeEach(async () => {
    db = await openTestDatabase(kind);
    oldText = textOf(newKeyringText({ development: false, clock: db.clock }));
    newText = rotateKey(oldText, { clock: db.clock, random: randomBytes });
    before = partsOf(oldText);
    after = partsOf(newText);
    withoutOld = partsOf(dropKey(newText, oldText.sealWith));
    await assertKeyringOpensVault(before);
    stock = await stockVault({ ...before, accounts, iss: deceitfulIss(sealedBeginning(oldText.sealWith)) });
    values = createSealedValueStore(db);
  });
  afterEach(() => db.close());

  const partsOf = (text: KeyringText): VaultParts => ({ ...db, ...createTestVault(writeKeyringText(text)) });
  const run = (options: ResealRun = {}, parts = { ...after, values }): Promise<ResealOutcome> =>
    reseal(parts, { batchRows: 3, ...options });
  const usesOf = async () => (await values.countUse([oldText.sealWith, newText.sealWith])).byKid;
  const oldUses = async () => (await usesOf()).get(oldText.sealWith);
  const alter = (accountId: string, change: Partial<TokenSetRow>) =>
    db.database.write((transaction) => transaction.update(TokenSetRow, { accountId }, change));

  test('brings every sealed value under the sealing key, and the old key opens nothing any more', async () => {
    expect(await oldUses()).toBe(stock.cells);
    const outcome = await run();
    expect(outcome).toMatchObject({ end: 'DONE', resealed: stock.cells, lostRaces: 0, unreadable: [] });
    expect(await oldUses()).toBe(0);
    expect((await usesOf()).get(newText.sealWith)).toBe(stock.cells);
    expect(await stock.read(withoutOld)).toEqual(stock.values);
  });

  test('that has ended has nothing left to do', async () => {
    await run();
    expect(await run()).toMatchObject({ end: 'DONE', resealed: 0, total: 0 });
  });

  test('while it runs, every value opens for who has both keys', async () => {
    let readings = 0;
    const checked: SealedValueStore = {
      ...values,
      async swap(changes) {
        const swapped = await values.swap(changes);
        expect(await stock.read(after)).toEqual(stock.values);
        readings += 1;
        return swapped;
      },
    };
    expect(await run({}, { ...after, values: checked })).toMatchObject({ end: 'DONE', resealed: stock.cells });
    expect(readings).toBeGreaterThan(3);
  });

  test('interrupted ends after the batch, and goes on with what is left when it is run again', async () => {
    const first = await run({ isInterrupted: () => true });
    expect(first).toMatchObject({ end: 'INTERRUPTED', total: stock.cells });
    expect(first.resealed).toBeLessThan(stock.cells);
    const second = await run();
    expect(second).toMatchObject({ end: 'DONE', resealed: stock.cells - first.resealed });
    expect(await stock.read(withoutOld)).toEqual(stock.values);
  });

  test('loses to a refresh that stores new tokens in between, whose tokens then stand', async () => {
    const tokens = createTokenStore(before); // a gateway that has not heard of the rotation
    const owner = { accountId: accountName(0), userId: 'user 0' };
    const fresh = { accessToken: Secret.of('fresh access'), refreshToken: Secret.of('fresh refresh') };
    const sealed = await tokens.seal(owner, fresh);
    let version: number | null = null;
    const racing: SealedValueStore = {
      ...values,
      async swap(changes) {
        version ??= await db.database.write((transaction) => tokens.replace(transaction, sealed, 2));
        return values.swap(changes);
      },
    };
    const outcome = await run({}, { ...after, values: racing });
    expect(version).toBe(3);
    expect(outcome.end).toBe('DONE');
    expect(outcome.lostRaces).toBe(3);
    expect(await stock.read(withoutOld)).toEqual({
      ...stock.values,
      'access 0': 'fresh access',
      'refresh 0': 'fresh refresh',
      'previous 0': stock.values['refresh 0'],
    });
  });

  test('moves no version, so that a refresh under way while its row is resealed stores its tokens', async () => {
    const tokens = createTokenStore(after);
    const row = await tokens.read(accountName(1));
    await run();
    const owner = { accountId: accountName(1), userId: 'user 1' };
    const pair = { accessToken: Secret.of('later'), refreshToken: null };
    const sealed = await tokens.seal(owner, pair);
    const version = await db.database.write((transaction) => tokens.replace(transaction, sealed, row?.version ?? 0));
    expect(version).toBe(3);
    expect(await stock.read(withoutOld)).toEqual({ ...stock.values, 'access 1': 'later', 'previous 1': 'none' });
  });

  test('leaves no stale token with who had opened the row before', async () => {
    const tokens = createTokenStore(after);
    const open = async () => {
      const row = await tokens.read(accountName(2));
      return row && (await tokens.open(row)).accessToken.expose();
    };
    const first = await open();
    await run();
    expect(await open()).toBe(first);
    await alter(accountName(2), { sealedAccessToken: 'not what was sealed' });
    await expect(open()).rejects.toThrow('did not open');
  });

  test('reports a value that does not open by its place alone, leaves it, and does the rest', async () => {
    const row = await createTokenStore(before).read(accountName(3));
    const spoilt = `${row?.sealedAccessToken.slice(0, -4)}AAAA`;
    await alter(accountName(3), { sealedAccessToken: spoilt });
    await alter(accountName(4), { userId: 'somebody else' });
    const outcome = await run();
    expect(outcome).toMatchObject({ end: 'DONE', resealed: stock.cells - 4 });
    expect(outcome.unreadable.toSorted(byPlace)).toEqual([
      { table: 'token_set', rowId: accountName(3), column: 'sealed_access_token' },
      { table: 'token_set', rowId: accountName(4), column: 'sealed_access_token' },
      { table: 'token_set', rowId: accountName(4), column: 'sealed_previous_refresh_token' },
      { table: 'token_set', rowId: accountName(4), column: 'sealed_refresh_token' },
    ]);
    expect((await createTokenStore(after).read(accountName(3)))?.sealedAccessToken).toBe(spoilt);
    expect(await oldUses()).toBe(4);
  });

  test('reports a parked answer that is no JSON, and one in which a sealed member is missing', async () => {
    for (const sealedAnswer of ['{"state":', '{"code":"x"}', 'null', '[]']) {
      await db.database.write((transaction) =>
        transaction.update('pending_authorization', { id: 'att_1' }, { sealedAnswer }),
      );
      expect((await run()).unreadable).toEqual([
        { table: 'pending_authorization', rowId: 'att_1', column: 'sealed_answer' },
      ]);
    }
  });

  test('two at once bring all over, each value once', async () => {
    const other = { ...after, values: createSealedValueStore({ database: await db.openAnother() }) };
    const outcomes = await Promise.all([run(), run({}, other)]);
    expect(outcomes.map(({ end }) => end)).toEqual(['DONE', 'DONE']);
    expect(outcomes.reduce((sum, { resealed }) => sum + resealed, 0)).toBe(stock.cells);
    expect(await stock.read(withoutOld)).toEqual(stock.values);
  });

  test('gives up, and says so, where somebody goes on sealing with another key', async () => {
    const tokens = createTokenStore(before);
    let version = 2;
    const stubborn: SealedValueStore = {
      ...values,
      async swap(changes) {
        const swapped = await values.swap(changes);
        const pair = { accessToken: Secret.of('access'), refreshToken: null };
        const sealed = await tokens.seal({ accountId: accountName(0), userId: 'user 0' }, pair);
        await db.database.write((transaction) => tokens.replace(transaction, sealed, version));
        version += 1;
        return swapped;
      },
    };
    expect((await run({}, { ...after, values: stubborn })).end).toBe('STILL_WRITTEN');
  });

  test('leaves the proof of each key under that key', async () => {
    await assertKeyringOpensVault(after);
    await run();
    await assertKeyringOpensVault(after);
    await expect(assertKeyringOpensVault(withoutOld)).rejects.toThrow(`"${oldText.sealWith}"`);
  });

  test('counts a value under a key that is in no keyring as one of others', async () => {
    const stranger = textOf(newKeyringText({ development: false, clock: db.clock }));
    expect(await values.countUse([stranger.sealWith])).toEqual({
      byKid: new Map([[stranger.sealWith, 0]]),
      others: stock.cells,
    });
  });

  test('tells after each batch how far it is', async () => {
    const told: number[] = [];
    await run({ onProgress: ({ resealed, total }) => void told.push(resealed / total) });
    expect(told).toEqual(told.toSorted((one, other) => one - other));
    expect(told.at(0)).toBeCloseTo(9 / (tokenCells + 6));
    expect(told.at(-1)).toBe(1);
  });
});

function textOf(text: string): KeyringText {
  const read = readKeyringText(Secret.of(text));
  if ('faults' in read) throw new Error('The keyring of the test is faulty.');
  return read.value;
}

function byPlace(one: { rowId: string; column: string }, other: { rowId: string; column: string }): number {
  return `${one.rowId} ${one.column}` < `${other.rowId} ${other.column}` ? -1 : 1;
}
