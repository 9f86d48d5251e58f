/** The one place that reads and writes disconnections. Called by disconnect, retry-revocations and purge-expired.
 *  A row is written in the transaction that removes the account, so that a crash before the provider was told leaves the
 *  tokens to tell it with. Must never: keep a token longer than the provider has to be told, or unsealed. */
import { LessThanOrEqual } from 'typeorm';
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import type { Sealer, SealPlace } from '../vault/seal.js';
import { placeIn, type SealedField } from '../vault/sealed-columns.js';
import type { TokenPair } from '../vault/token-store.js';
import { DisconnectionRow } from './disconnection.entity.js';
import type { RevocationOutcome } from './revocation-outcome.js';

export type Disconnection = Readonly<DisconnectionRow>;

export type NewDisconnection = Pick<
  Disconnection,
  'accountId' | 'userId' | 'providerId' | 'externalId' | 'refreshTokenFingerprint'
> &
  Partial<Pick<Disconnection, 'providerValues'>>;

/** The tokens as they will stand in the row; made before the transaction. */
export type SealedTokens = Pick<Disconnection, 'sealedAccessToken' | 'sealedRefreshToken'>;

/** What is known of the revocation when the account goes: KEPT or NOT_SUPPORTED for good, or tokens that have still to be
 *  revoked. */
export interface Revoking {
  readonly revocation: RevocationOutcome;
  readonly tokens: SealedTokens | null;
}

export interface DisconnectionStore {
  seal(owner: Owner, pair: TokenPair): Promise<SealedTokens>;
  open(disconnection: Disconnection): Promise<TokenPair | null>;
  /** With tokens: the provider has still to be told, and is from `retryDelayMs(0)` on even if this process dies now. */
  add(transaction: Transaction, disconnection: NewDisconnection, revoking: Revoking): Promise<void>;
  find(owner: Owner): Promise<Disconnection | null>;
  /** Those whose time to be tried again has come, the longest waiting first. */
  findDue(limit: number): Promise<Disconnection[]>;
  /** Puts the next try off, so that nobody else makes it meanwhile. Answers whether the row was still as it was. */
  claim(disconnection: Disconnection): Promise<boolean>;
  /** There is nothing more to do: the tokens go. */
  recordDone(accountId: string, revocation: RevocationOutcome): Promise<void>;
  purge(): Promise<number>;
}

interface Owner {
  readonly accountId: string;
  readonly userId: string;
}

/** How long disconnecting again succeeds, and how long a provider is told to revoke before it is given up. */
const keptMs = 30 * 24 * 60 * 60 * 1000;

const firstDelayMs = 60_000;
const longestDelayMs = 6 * 60 * 60 * 1000;

export function createDisconnectionStore({
  database,
  sealer,
  clock,
}: {
  database: Database;
  sealer: Sealer;
  clock: Clock;
}): DisconnectionStore {
  const { reader } = database;

  return {
    async seal(owner, { accessToken, refreshToken }) {
      return {
        sealedAccessToken: await sealer.seal(accessToken, placeOf(owner, 'access_token')),
        sealedRefreshToken: refreshToken && (await sealer.seal(refreshToken, placeOf(owner, 'refresh_token'))),
      };
    },

    async open(disconnection) {
      const { sealedAccessToken, sealedRefreshToken } = disconnection;
      if (sealedAccessToken === null) return null;
      return {
        accessToken: await sealer.open(sealedAccessToken, placeOf(disconnection, 'access_token')),
        refreshToken:
          sealedRefreshToken === null
            ? null
            : await sealer.open(sealedRefreshToken, placeOf(disconnection, 'refresh_token')),
      };
    },

    async add(transaction, disconnection, { revocation, tokens }) {
      await transaction.insert(DisconnectionRow, {
        ...disconnection,
        providerValues: disconnection.providerValues ?? {},
        revocation,
        sealedAccessToken: tokens?.sealedAccessToken ?? null,
        sealedRefreshToken: tokens?.sealedRefreshToken ?? null,
        attempts: 0,
        nextAttemptAt: tokens && clock.now() + retryDelayMs(0),
        expiresAt: clock.now() + keptMs,
      });
    },

    find: ({ accountId, userId }) => reader.findOneBy(DisconnectionRow, { accountId, userId }),

    findDue: (limit) =>
      reader.find(DisconnectionRow, {
        where: { nextAttemptAt: LessThanOrEqual(clock.now()) },
        order: { nextAttemptAt: 'ASC' },
        take: limit,
      }),

    async claim({ accountId, attempts }) {
      const { affected } = await database.write((transaction) =>
        transaction.update(
          DisconnectionRow,
          { accountId, attempts },
          { attempts: attempts + 1, nextAttemptAt: clock.now() + retryDelayMs(attempts + 1) },
        ),
      );
      return affected === 1;
    },

    async recordDone(accountId, revocation) {
      const done = { revocation, sealedAccessToken: null, sealedRefreshToken: null, nextAttemptAt: null };
      await database.write((transaction) => transaction.update(DisconnectionRow, { accountId }, done));
    },

    async purge() {
      const { affected } = await database.write((transaction) =>
        transaction.delete(DisconnectionRow, { expiresAt: LessThanOrEqual(clock.now()) }),
      );
      return affected ?? 0;
    },
  };
}

/** A minute, doubled with each try, six hours at most. */
function retryDelayMs(attempts: number): number {
  return Math.min(firstDelayMs * 2 ** attempts, longestDelayMs);
}

function placeOf({ accountId, userId }: Owner, field: SealedField<'disconnection'>): SealPlace {
  return placeIn('disconnection', field, { rowId: accountId, userId });
}
