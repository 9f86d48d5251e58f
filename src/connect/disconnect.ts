/** Forgets an account, and has its provider forget the grant where it can (RFC 7009). Called by graphql's disconnectAccount.
 *  What stands here goes first and in every case; the tokens stay sealed in a row of their own only until the provider was
 *  told (retry-revocations goes on where it could not be). A grant that another account stands on is not revoked.
 *  Must never: answer differently for another user's account than for one that never was
 *  (docs/decisions/0010-disconnecting-twice.md). */
import type { AccountStore } from '../accounts/account-store.js';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { RefreshHistory } from '../accounts/refresh-history.js';
import type { Audit } from '../audit/audit.js';
import type { Actor } from '../callers/actor.js';
import type { Database, Transaction } from '../database/database.js';
import type { AccountEvents } from '../events/account-events.js';
import { fail } from '../errors.js';
import type { Logger } from '../observe/logger.js';
import { alarmedOf, type RefreshAlarms } from '../refresh/refresh-alarms.js';
import { createSingleFlight } from '../refresh/single-flight.js';
import { OpenFailure } from '../vault/seal.js';
import type { TokenSetRow } from '../vault/token-set.entity.js';
import type { TokenStore } from '../vault/token-store.js';
import type { DisconnectionStore, Revoking, SealedTokens } from './disconnection-store.js';
import type { RetryRevocations } from './retry-revocations.js';
import type { RevocationOutcome } from './revocation-outcome.js';

export interface Disconnected {
  readonly accountId: string;
  readonly revocation: RevocationOutcome;
}

export type Disconnect = (actor: Actor, accountId: string) => Promise<Disconnected>;

export interface DisconnectParts {
  readonly database: Database;
  readonly accounts: Pick<AccountStore, 'find' | 'remove'>;
  readonly history: Pick<RefreshHistory, 'forget'>;
  readonly events: AccountEvents;
  readonly tokenStore: TokenStore;
  readonly disconnections: DisconnectionStore;
  readonly revocations: Pick<RetryRevocations, 'tellProvider'>;
  readonly audit: Audit;
  readonly alarms: Pick<RefreshAlarms, 'set'>;
  readonly log: Logger;
}

/** Tries before giving up when refreshes keep coming in between. */
const maxTries = 3;

/** The returned function succeeds again for an account that this user has disconnected; it throws ACCOUNT_NOT_FOUND for
 *  every other id that is none of this user's accounts. */
export function createDisconnect(parts: DisconnectParts): Disconnect {
  const { database, accounts, history, events, tokenStore, disconnections, revocations, audit, alarms, log } = parts;
  const flights = createSingleFlight<Disconnected>();

  // The whole of it is one flight: whoever asks while the provider is being told learns what it said.
  return (actor, accountId) =>
    flights.run(JSON.stringify([actor.subjectId, accountId]), () => disconnect(actor, accountId));

  async function disconnect(actor: Actor, accountId: string): Promise<Disconnected> {
    const { actorId, subjectId, reason, requestId } = actor;
    const account = await accounts.find({ userId: subjectId, accountId });
    if (!account) return repeat(subjectId, accountId);
    const act = { action: 'account.disconnected', actorId, subjectId, accountId, reason, requestId } as const;
    return audit.around(act, async () => {
      await forget(account);
      alarms.set({ ...alarmedOf(account), nextRefreshAt: null });
      const disconnection = await disconnections.find({ userId: subjectId, accountId });
      if (!disconnection) throw new Error('A disconnection vanished just after it was written.');
      return { accountId, revocation: await revocations.tellProvider(disconnection) };
    });
  }

  async function repeat(userId: string, accountId: string): Promise<Disconnected> {
    const disconnection = await disconnections.find({ userId, accountId });
    if (!disconnection) return fail('ACCOUNT_NOT_FOUND');
    return { accountId, revocation: disconnection.revocation };
  }

  async function forget(account: ConnectedAccount): Promise<void> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const row = await tokenStore.read(account.id);
      const tokens = row && (await resealTokens(row));
      if (await database.write((transaction) => moveOut(transaction, account, row, tokens))) return;
    }
    throw new Error('The tokens of an account kept changing while it was being disconnected.');
  }

  /** Tokens that do not open can be told to nobody; that does not keep the account here. */
  async function resealTokens(row: TokenSetRow): Promise<SealedTokens | null> {
    try {
      return await disconnections.seal(row, await tokenStore.open(row));
    } catch (error) {
      if (!(error instanceof OpenFailure)) throw error;
      log.error({ event: 'account.tokens_unreadable', accountId: row.accountId, err: error });
      return null;
    }
  }

  /** The account goes and its disconnection comes in one transaction. Answers false, and changes nothing, when a refresh
   *  has replaced the tokens since they were read: the new ones are those to revoke. */
  async function moveOut(
    transaction: Transaction,
    account: ConnectedAccount,
    row: TokenSetRow | null,
    tokens: SealedTokens | null,
  ): Promise<boolean> {
    const { id: accountId, userId, providerId, externalId, providerValues } = account;
    const fingerprint = row?.refreshTokenFingerprint ?? null;
    // First, so that of accounts on one refresh token that go at the same instant the last finds itself alone.
    const isShared =
      fingerprint !== null && (await tokenStore.holdRefreshToken(transaction, { accountId, fingerprint }));
    if (row && !(await tokenStore.hold(transaction, accountId, row.version))) return false;
    const wasThere = await accounts.remove(transaction, { userId, accountId });
    if (!wasThere) return true; // disconnected by another request a moment ago, which left its row
    await tokenStore.remove(transaction, accountId);
    await history.forget(transaction, accountId);
    await events.record(transaction, { type: 'DISCONNECTED', accountId, userId, providerId, facts: {} });
    await disconnections.add(
      transaction,
      { accountId, userId, providerId, externalId, providerValues, refreshTokenFingerprint: fingerprint },
      revocationToCome(tokens, isShared),
    );
    return true;
  }
}

function revocationToCome(tokens: SealedTokens | null, isShared: boolean): Revoking {
  if (isShared) return { revocation: 'KEPT_SHARED_GRANT', tokens: null };
  return { revocation: tokens ? 'FAILED_WILL_RETRY' : 'NOT_SUPPORTED', tokens };
}
