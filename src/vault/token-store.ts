/** The sealed tokens of connected accounts. Called by connect, refresh and accounts.
 *  Every write after the first is a compare-and-set on the version whose tokens were spent: whoever comes second changes
 *  nothing and learns it. Sealing happens before the transaction and opening after it, so that none waits for either.
 *  Must never: write a plaintext token, or lose the only living refresh token (a provider that sends none at a refresh
 *  means the old one, RFC 6749 §6). */
import { Not } from 'typeorm';
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import { GivenRows, givenTable, leavingHeld } from '../database/given-rows.js';
import { runReturning, runWritten } from '../database/run-written.js';
import type { Secret } from '../secret.js';
import type { Keyring } from './keyring.js';
import { createOpenedTokens } from './opened-tokens.js';
import type { Sealer, SealPlace } from './seal.js';
import { placeIn, type SealedField } from './sealed-columns.js';
import { TokenSetRow } from './token-set.entity.js';

export interface TokenPair {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | null;
}

export interface OpenTokens extends TokenPair {
  readonly version: number;
}

/** Made by seal() before a transaction, written by create() or replace() in it. */
export interface SealedPair {
  readonly accountId: string;
  readonly userId: string;
  readonly sealedAccessToken: string;
  readonly refresh: { readonly sealed: string; readonly fingerprint: string } | null;
}

/** A pair that a refresh brought. */
export interface SpentPair {
  readonly pair: SealedPair;
  readonly spentVersion: number;
  readonly attempt: string;
}

export interface TokenStore {
  seal(owner: { accountId: string; userId: string }, pair: TokenPair): Promise<SealedPair>;
  /** Version 1. */
  create(transaction: Transaction, pair: SealedPair): Promise<void>;
  /** Compare-and-set. The new version, or null when somebody has moved it since `spentVersion` or removed the account;
   *  then nothing is written. A pair without a refresh token keeps the old one; with one, the old becomes the previous, which
   *  stays until the new one has worked.
   *  `attempt` is the refresh that brought the pair, kept beside it (refresh-intent-store); none for a new consent. */
  replace(
    transaction: Transaction,
    pair: SealedPair,
    spentVersion: number,
    attempt?: string | null,
  ): Promise<number | null>;
  /** The same for many, each only where nobody holds the row at this moment. Resolves to the accounts whose pair it replaced. */
  replaceAll(transaction: Transaction, spent: readonly SpentPair[]): Promise<ReadonlySet<string>>;
  /** Whether the tokens still stand at this version; if so nobody else moves or removes them before the transaction ends. */
  hold(transaction: Transaction, accountId: string, version: number): Promise<boolean>;
  /** The same for everybody's tokens with this refresh token. Answers whether another account has it too. */
  holdRefreshToken(transaction: Transaction, token: { accountId: string; fingerprint: string }): Promise<boolean>;
  read(accountId: string): Promise<TokenSetRow | null>;
  /** Throws OpenFailure. Decrypts nothing when this very row was opened less than a minute ago. */
  open(row: TokenSetRow): Promise<OpenTokens>;
  /** The same for the refresh token alone. */
  openRefreshToken(row: TokenSetRow): Promise<Secret | null>;
  /** Whether another account holds the refresh token with this fingerprint, so that it must not be revoked. */
  isRefreshTokenShared(token: { accountId: string; fingerprint: string }): Promise<boolean>;
  remove(transaction: Transaction, accountId: string): Promise<void>;
}

export interface TokenStoreParts {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** Of the version that stands nothing was sent. */
const noIntent = { intentAttempt: null, intentVersion: null, intentSince: null, intentAt: null } as const;

const replacing = `UPDATE token_set
    SET version = $1, sealed_access_token = $2, intent_attempt = $3, intent_version = $4, intent_since = NULL,
        intent_at = NULL, updated_at = $5`;
/** The current refresh token has just worked. */
const replaceAccessToken = `${replacing}, sealed_previous_refresh_token = NULL
  WHERE account_id = $6 AND user_id = $7 AND version = $8`;
const replaceBoth = `${replacing}, sealed_previous_refresh_token = sealed_refresh_token, sealed_refresh_token = $6,
        refresh_token_fingerprint = $7
  WHERE account_id = $8 AND user_id = $9 AND version = $10`;

/** As `replaceAccessToken` and `replaceBoth`, for the rows given. */
const replacingAll = (transaction: Transaction): string => `
  WITH given AS ${givenTable(transaction, givenPair)},
       free AS MATERIALIZED (
         SELECT account_id FROM given JOIN token_set ON account_id = account
          WHERE token_set.user_id = given.user_id AND version = spent_version
         ${leavingHeld(transaction, 'token_set')})
  UPDATE token_set
     SET version = spent_version + 1, sealed_access_token = access_token, intent_attempt = attempt,
         intent_version = spent_version, intent_since = NULL, intent_at = NULL, updated_at = now,
         sealed_previous_refresh_token = CASE WHEN refresh_token IS NULL THEN NULL ELSE sealed_refresh_token END,
         sealed_refresh_token = COALESCE(refresh_token, sealed_refresh_token),
         refresh_token_fingerprint = COALESCE(fingerprint, refresh_token_fingerprint)
    FROM given JOIN free ON free.account_id = account
   WHERE token_set.account_id = account
  RETURNING token_set.account_id`;

const givenPair = {
  account: 'text',
  user_id: 'text',
  spent_version: 'bigint',
  attempt: 'text',
  access_token: 'text',
  refresh_token: 'text',
  fingerprint: 'text',
  now: 'bigint',
} as const;

/** Opened pairs kept in memory at most; one takes some kilobytes. */
const maxOpenedPairs = 5000;

export function createTokenStore({ database, keyring, sealer, clock }: TokenStoreParts): TokenStore {
  const opened = createOpenedTokens<OpenTokens>({ clock, maxEntries: maxOpenedPairs });

  return {
    async seal(owner, { accessToken, refreshToken }) {
      const [sealedAccessToken, refresh] = await Promise.all([
        sealer.seal(accessToken, placeOf(owner, 'access_token')),
        refreshToken && sealRefreshToken(owner, refreshToken),
      ]);
      return { ...owner, sealedAccessToken, refresh };
    },

    async create(transaction, pair) {
      await transaction.insert(TokenSetRow, {
        accountId: pair.accountId,
        userId: pair.userId,
        version: 1,
        sealedAccessToken: pair.sealedAccessToken,
        sealedRefreshToken: pair.refresh?.sealed ?? null,
        sealedPreviousRefreshToken: null,
        refreshTokenFingerprint: pair.refresh?.fingerprint ?? null,
        ...noIntent,
        updatedAt: clock.now(),
      });
    },

    async replace(transaction, pair, spentVersion, attempt = null) {
      const { accountId, userId, sealedAccessToken, refresh } = pair;
      const version = spentVersion + 1;
      const sentVersion = attempt === null ? null : spentVersion;
      const changes = [version, sealedAccessToken, attempt, sentVersion, clock.now()];
      const refreshToken = refresh === null ? [] : [refresh.sealed, refresh.fingerprint];
      const text = refresh === null ? replaceAccessToken : replaceBoth;
      const key = [accountId, userId, spentVersion];
      const affected = await runWritten(transaction, { text, values: [...changes, ...refreshToken, ...key] });
      opened.drop(pair.accountId);
      return affected === 1 ? version : null;
    },

    async replaceAll(transaction, spent) {
      const rows = spent.map(({ pair: { accountId, userId, sealedAccessToken, refresh }, spentVersion, attempt }) => ({
        account: accountId,
        user_id: userId,
        spent_version: spentVersion,
        attempt,
        access_token: sealedAccessToken,
        refresh_token: refresh?.sealed ?? null,
        fingerprint: refresh?.fingerprint ?? null,
        now: clock.now(),
      }));
      const written = { text: replacingAll(transaction), values: [new GivenRows(rows)] };
      const replaced = await runReturning(transaction, written);
      for (const { account } of rows) opened.drop(account);
      return new Set(replaced.map((row) => String(row['account_id'])));
    },

    async hold(transaction, accountId, version) {
      // An UPDATE that changes nothing locks the row on PostgreSQL; on SQLite the transaction has locked all.
      const { affected } = await transaction.update(TokenSetRow, { accountId, version }, { version });
      return affected === 1;
    },

    async holdRefreshToken(transaction, { accountId, fingerprint }) {
      const query = transaction
        .createQueryBuilder(TokenSetRow, 'tokens')
        .select('tokens.accountId')
        .where({ refreshTokenFingerprint: fingerprint })
        .orderBy('tokens.accountId'); // two that lock in one order never wait for each other
      if (database.pool !== null) query.setLock('pessimistic_write');
      const holders = await query.getMany();
      return holders.some((holder) => holder.accountId !== accountId);
    },

    read: (accountId) => database.reader.findOneBy(TokenSetRow, { accountId }),

    async open(row) {
      const known = opened.get(row);
      if (known) return known;
      const [accessToken, refreshToken] = await Promise.all([
        sealer.open(row.sealedAccessToken, placeOf(row, 'access_token')),
        openRefreshToken(row),
      ]);
      const tokens = Object.freeze({ accessToken, refreshToken, version: row.version });
      opened.put(row, tokens);
      return tokens;
    },

    async openRefreshToken(row) {
      const known = opened.get(row);
      return known ? known.refreshToken : openRefreshToken(row);
    },

    isRefreshTokenShared: ({ accountId, fingerprint }) =>
      database.reader.existsBy(TokenSetRow, { accountId: Not(accountId), refreshTokenFingerprint: fingerprint }),

    async remove(transaction, accountId) {
      await transaction.delete(TokenSetRow, { accountId });
      opened.drop(accountId);
    },
  };

  async function openRefreshToken(row: TokenSetRow): Promise<Secret | null> {
    const { sealedRefreshToken } = row;
    return sealedRefreshToken === null ? null : sealer.open(sealedRefreshToken, placeOf(row, 'refresh_token'));
  }

  async function sealRefreshToken(owner: Owner, refreshToken: Secret): Promise<SealedPair['refresh']> {
    const sealed = await sealer.seal(refreshToken, placeOf(owner, 'refresh_token'));
    return { sealed, fingerprint: keyring.fingerprint(refreshToken) };
  }
}

interface Owner {
  readonly accountId: string;
  readonly userId: string;
}

function placeOf({ accountId, userId }: Owner, field: SealedField<'token_set'>): SealPlace {
  return placeIn('token_set', field, { rowId: accountId, userId });
}
