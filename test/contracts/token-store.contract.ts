/** The rules that hold for the store of tokens, whatever database stands behind it. Run by test/vault/token-store.test.ts on each database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Transaction } from '../../src/database/database.js';
import { Secret } from '../../src/secret.js';
import { OpenFailure, type Sealer } from '../../src/vault/seal.js';
import { TokenSetRow } from '../../src/vault/token-set.entity.js';
import { createTokenStore, type OpenTokens, type TokenPair, type TokenStore } from '../../src/vault/token-store.js';
import { openTestDatabase, type DatabaseKind, type TestDatabase } from '../support/test-database.js';
import { createTestVault, type TestVault } from '../support/test-keyring.js';

export function describeTokenStore(kind: DatabaseKind): void {
  describe(`a token store on ${kind}`, () => {
    const owner = { accountId: 'acc_1', userId: 'ann' };

    let db: TestDatabase;
    let vault: TestVault;
    let tokens: TokenStore;
    let decryptions: number;
    beforeEach(async () => {
      db = await openTestDatabase(kind);
      vault = createTestVault();
      decryptions = 0;
      const sealer: Sealer = {
        ...vault.sealer,
        open(sealed, place) {
          decryptions += 1;
          return vault.sealer.open(sealed, place);
        },
      };
      tokens = createTokenStore({ ...db, ...vault, sealer });
    });
    afterEach(() => db.close());

    const pair = (access: string, refresh: string | null): TokenPair => ({
      accessToken: Secret.of(access),
      refreshToken: refresh === null ? null : Secret.of(refresh),
    });

    async function create(access: string, refresh: string | null, of = owner): Promise<void> {
      const sealed = await tokens.seal(of, pair(access, refresh));
      await db.database.write((transaction) => tokens.create(transaction, sealed));
    }

    async function replace(access: string, refresh: string | null, spentVersion: number): Promise<number | null> {
      const sealed = await tokens.seal(owner, pair(access, refresh));
      return db.database.write((transaction) => tokens.replace(transaction, sealed, spentVersion));
    }

    async function row(accountId = owner.accountId): Promise<TokenSetRow> {
      const found = await tokens.read(accountId);
      if (!found) throw new Error(`No tokens of ${accountId}`);
      return found;
    }

    async function isShared(accountId: string): Promise<boolean> {
      const fingerprint = String((await row(accountId)).refreshTokenFingerprint);
      return tokens.isRefreshTokenShared({ accountId, fingerprint });
    }

    function altered(genuine: TokenSetRow, change: Partial<TokenSetRow>): TokenSetRow {
      return Object.assign(new TokenSetRow(), genuine, change);
    }

    const shown = ({ accessToken, refreshToken, version }: OpenTokens): unknown[] => [
      accessToken.expose(),
      refreshToken && refreshToken.expose(),
      version,
    ];

    describe('a token pair', () => {
      test('is kept sealed from version 1 and opens again', async () => {
        await create('access 1', 'refresh 1');
        expect(shown(await tokens.open(await row()))).toEqual(['access 1', 'refresh 1', 1]);
      });

      test('may lack a refresh token', async () => {
        await create('access 1', null);
        expect(shown(await tokens.open(await row()))).toEqual(['access 1', null, 1]);
        expect((await row()).refreshTokenFingerprint).toBeNull();
      });

      test('of an account that does not exist is null', async () => {
        expect(await tokens.read('acc_none')).toBeNull();
      });

      test('does not open in the row of another account, nor of another user', async () => {
        await create('access 1', 'refresh 1');
        await expect(tokens.open(altered(await row(), { accountId: 'acc_2' }))).rejects.toThrow(OpenFailure);
        await expect(tokens.open(altered(await row(), { userId: 'bob' }))).rejects.toThrow(OpenFailure);
      });

      test('does not open with access and refresh token changed round', async () => {
        await create('access 1', 'refresh 1');
        const { sealedAccessToken, sealedRefreshToken } = await row();
        const swapped = altered(await row(), {
          sealedAccessToken: String(sealedRefreshToken),
          sealedRefreshToken: sealedAccessToken,
        });
        await expect(tokens.open(swapped)).rejects.toThrow(OpenFailure);
      });
    });

    describe('replacing', () => {
      test('moves the version by one and keeps the old refresh token sealed as the previous one', async () => {
        await create('access 1', 'refresh 1');
        expect(await replace('access 2', 'refresh 2', 1)).toBe(2);
        const replaced = await row();
        expect(shown(await tokens.open(replaced))).toEqual(['access 2', 'refresh 2', 2]);
        const place = {
          purpose: 'token-set',
          table: 'token_set',
          field: 'refresh_token',
          rowId: 'acc_1',
          userId: 'ann',
        } as const;
        const previous = await vault.sealer.open(String(replaced.sealedPreviousRefreshToken), place);
        expect(previous.expose()).toBe('refresh 1');
      });

      test('without a new refresh token keeps the old one and its fingerprint', async () => {
        await create('access 1', 'refresh 1');
        const before = await row();
        expect(await replace('access 2', null, 1)).toBe(2);
        const after = await row();
        expect(shown(await tokens.open(after))).toEqual(['access 2', 'refresh 1', 2]);
        expect(after.refreshTokenFingerprint).toBe(before.refreshTokenFingerprint);
        expect(after.sealedPreviousRefreshToken).toBeNull();
      });

      test('without a new refresh token forgets the previous one: the one that stands has just worked', async () => {
        await create('access 1', 'refresh 1');
        await replace('access 2', 'refresh 2', 1);
        await replace('access 3', null, 2);
        expect((await row()).sealedPreviousRefreshToken).toBeNull();
      });

      test('twice with the same spent version: one wins, the other changes nothing and learns it', async () => {
        await create('access 1', 'refresh 1');
        const answers = await Promise.all([
          replace('access 2a', 'refresh 2a', 1),
          replace('access 2b', 'refresh 2b', 1),
        ]);
        expect(answers).toEqual(answers[0] === 2 ? [2, null] : [null, 2]);
        const winner = answers[0] === 2 ? 'a' : 'b';
        expect(shown(await tokens.open(await row()))).toEqual([`access 2${winner}`, `refresh 2${winner}`, 2]);
      });

      test('of twenty at the same instant one wins', async () => {
        await create('access 1', 'refresh 1');
        const all = Array.from({ length: 20 }, (_, at) => replace(`access ${at}`, `refresh ${at}`, 1));
        expect((await Promise.all(all)).filter((version) => version !== null)).toEqual([2]);
      });

      test('from two processes on one database: one wins a version', async () => {
        await create('access 1', 'refresh 1');
        const database = await db.openAnother();
        const elsewhere = createTokenStore({ ...db, ...vault, database });
        const sealed = await elsewhere.seal(owner, pair('access 2b', 'refresh 2b'));
        const answers = await Promise.all([
          replace('access 2a', 'refresh 2a', 1),
          database.write((transaction) => elsewhere.replace(transaction, sealed, 1)),
        ]);
        expect(answers.filter((version) => version !== null)).toEqual([2]);
        expect((await row()).version).toBe(2);
      });

      test('with a version that never was, or for an account that is gone, changes nothing', async () => {
        expect(await replace('access 2', 'refresh 2', 1)).toBeNull();
        await create('access 1', 'refresh 1');
        expect(await replace('access 2', 'refresh 2', 2)).toBeNull();
        expect(shown(await tokens.open(await row()))).toEqual(['access 1', 'refresh 1', 1]);
      });

      test('that is rolled back leaves the pair as it was', async () => {
        await create('access 1', 'refresh 1');
        const sealed = await tokens.seal(owner, pair('access 2', 'refresh 2'));
        const work = db.database.write(async (transaction) => {
          await tokens.replace(transaction, sealed, 1);
          throw new Error('the account could not be written');
        });
        await expect(work).rejects.toThrow('the account could not be written');
        expect(shown(await tokens.open(await row()))).toEqual(['access 1', 'refresh 1', 1]);
      });
    });

    describe('holding', () => {
      test('keeps others from moving the tokens until the holder has ended', async () => {
        await create('access 1', 'refresh 1');
        const elsewhere = await db.openAnother();
        const sealed = await tokens.seal(owner, pair('access 2', 'refresh 2'));
        let hasMoved = false;
        let moving: Promise<number | null> | undefined;
        await db.database.write(async (transaction) => {
          expect(await tokens.hold(transaction, owner.accountId, 1)).toBe(true);
          moving = elsewhere.write((theirs) => tokens.replace(theirs, sealed, 1)).finally(() => (hasMoved = true));
          for (let waited = 0; waited < 50; waited += 1) await row();
          expect(hasMoved).toBe(false);
        });
        expect(await moving).toBe(2);
      });

      test('tokens that were moved on or removed is refused', async () => {
        await create('access 1', 'refresh 1');
        await replace('access 2', 'refresh 2', 1);
        const hold = (accountId: string, version: number) =>
          db.database.write((transaction) => tokens.hold(transaction, accountId, version));
        expect([await hold('acc_1', 1), await hold('acc_1', 2), await hold('acc_gone', 1)]).toEqual([
          false,
          true,
          false,
        ]);
      });
    });

    describe('opening again', () => {
      test('decrypts nothing within a minute, and decrypts after it', async () => {
        await create('access 1', 'refresh 1');
        await tokens.open(await row());
        expect(decryptions).toBe(2);
        db.clock.advance(59_999);
        expect(shown(await tokens.open(await row()))).toEqual(['access 1', 'refresh 1', 1]);
        expect(decryptions).toBe(2);
        db.clock.advance(1);
        await tokens.open(await row());
        expect(decryptions).toBe(4);
      });

      test('never answers with an older version, even when another process wrote the newer one', async () => {
        await create('access 1', 'refresh 1');
        await tokens.open(await row());
        const elsewhere = createTokenStore({ ...db, ...vault });
        const sealed = await elsewhere.seal(owner, pair('access 2', 'refresh 2'));
        await db.database.write((transaction) => elsewhere.replace(transaction, sealed, 1));
        expect(shown(await tokens.open(await row()))).toEqual(['access 2', 'refresh 2', 2]);
      });

      test('never answers for a row that was altered after it was opened', async () => {
        await create('access 1', 'refresh 1');
        const genuine = await row();
        await tokens.open(genuine);
        for (const change of [
          { userId: 'bob' },
          { sealedAccessToken: String(genuine.sealedRefreshToken) },
          { sealedRefreshToken: genuine.sealedAccessToken },
        ]) {
          await expect(tokens.open(altered(genuine, change))).rejects.toThrow(OpenFailure);
        }
      });

      test('keeps nothing in memory of a pair that was replaced or removed', async () => {
        await create('access 1', 'refresh 1');
        const first = await row();
        await tokens.open(first);
        await replace('access 2', 'refresh 2', 1);
        await tokens.open(first);
        expect(decryptions).toBe(4);
        await db.database.write((transaction) => tokens.remove(transaction, owner.accountId));
        await tokens.open(first);
        expect(decryptions).toBe(6);
      });

      test('after a removal and a new connection under the same id gives the new tokens', async () => {
        await create('access 1', 'refresh 1');
        await tokens.open(await row());
        await db.database.write((transaction) => tokens.remove(transaction, owner.accountId));
        expect(await tokens.read(owner.accountId)).toBeNull();
        await create('access of the new one', null);
        expect(shown(await tokens.open(await row()))).toEqual(['access of the new one', null, 1]);
      });
    });

    describe('a refresh token that two accounts hold', () => {
      test('is found under either, and no longer when one of them is gone', async () => {
        await create('access 1', 'shared');
        await create('access 2', 'shared', { accountId: 'acc_2', userId: 'bob' });
        await create('access 3', 'own', { accountId: 'acc_3', userId: 'ann' });
        expect(await Promise.all(['acc_1', 'acc_2', 'acc_3'].map(isShared))).toEqual([true, true, false]);
        await db.database.write((transaction) => tokens.remove(transaction, 'acc_2'));
        expect(await isShared('acc_1')).toBe(false);
      });

      test('is held by one at a time: of two that remove it at once the second finds itself alone', async () => {
        await create('access 1', 'shared');
        await create('access 2', 'shared', { accountId: 'acc_2', userId: 'bob' });
        const fingerprint = String((await row()).refreshTokenFingerprint);
        const elsewhere = await db.openAnother();
        const remove = async (transaction: Transaction, accountId: string): Promise<boolean> => {
          const isHeldByOthers = await tokens.holdRefreshToken(transaction, { accountId, fingerprint });
          await tokens.remove(transaction, accountId);
          return isHeldByOthers;
        };
        let second: Promise<boolean> | undefined;
        const first = await db.database.write(async (transaction) => {
          const isSharedNow = await remove(transaction, 'acc_1');
          second = elsewhere.write((theirs) => remove(theirs, 'acc_2'));
          for (let waited = 0; waited < 50; waited += 1) await row('acc_2');
          return isSharedNow;
        });
        expect([first, await second]).toEqual([true, false]);
      });

      test('does not look alike in the two rows', async () => {
        await create('same', 'shared');
        await create('same', 'shared', { accountId: 'acc_2', userId: 'ann' });
        const [one, other] = [await row(), await row('acc_2')];
        expect(one.sealedRefreshToken).not.toBe(other.sealedRefreshToken);
        expect(one.refreshTokenFingerprint).toBe(other.refreshTokenFingerprint);
      });
    });
  });
}
