/** Stores what a consent gave: the account, its sealed tokens and the attempt's outcome, in one transaction. Called by
 *  settle-authorization with the tokens of a code that was just exchanged.
 *  The person is known by the provider's own id, never by e-mail or name. The same person at the same provider is the
 *  same account; another person never takes an account over. Until the commit, what was connected before stays as it is;
 *  and without one the tokens are given back to the provider. */
import type { AccountStore } from '../accounts/account-store.js';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import { isDuplicate } from '../database/duplicate.js';
import { newId } from '../database/new-id.js';
import { fail, Fault } from '../errors.js';
import type { AccountEvents } from '../events/account-events.js';
import type { TokenAnswer } from '../oauth/token-answer.js';
import type { Catalogue, Provider, ProviderValues } from '../providers/provider.js';
import { alarmedOf, type RefreshAlarms } from '../refresh/refresh-alarms.js';
import type { PlannedPair, RefreshSchedule } from '../refresh/schedule.js';
import type { SealedPair, TokenStore } from '../vault/token-store.js';
import type { CompletionStore } from './completion-store.js';
import type { Identify, Person } from './identify.js';
import type { PendingAuthorization } from './pending-store.js';
import type { RevokeRefused } from './revoke-refused.js';

export interface Consent {
  readonly attempt: PendingAuthorization;
  /** Filled as far as the answer says. */
  readonly provider: Provider;
  readonly tokens: TokenAnswer;
  /** What the user, the callback and the answer gave. */
  readonly providerValues: ProviderValues;
}

export type ConnectAccount = (consent: Consent) => Promise<ConnectedAccount>;

export interface ConnectAccountParts {
  readonly catalogue: Pick<Catalogue, 'forAccount'>;
  readonly database: Database;
  readonly accounts: Pick<AccountStore, 'find' | 'findIn' | 'findByExternalId' | 'create' | 'reconnect'>;
  readonly events: AccountEvents;
  readonly tokenStore: TokenStore;
  readonly completions: CompletionStore;
  readonly identify: Identify;
  readonly revokeRefused: RevokeRefused;
  readonly schedule: Pick<RefreshSchedule, 'afterConsent'>;
  readonly alarms: Pick<RefreshAlarms, 'set'>;
  readonly clock: Clock;
}

/** Tries before giving up when the user's accounts change under our hands. */
const maxTries = 3;

/** The returned function throws AUTHORIZATION_DENIED for another person in place of an account's own, STATE_INVALID when
 *  the account to connect again is gone, and what identify throws. */
export function createConnectAccount(parts: ConnectAccountParts): ConnectAccount {
  const {
    catalogue,
    database,
    accounts,
    events,
    tokenStore,
    completions,
    identify,
    revokeRefused,
    schedule,
    alarms,
    clock,
  } = parts;

  return async (consent) => {
    const person = await identify(consent);
    try {
      const providerValues = { ...consent.providerValues, ...person.providerValues };
      // None is stored whose addresses are not all known.
      catalogue.forAccount({ providerId: consent.provider.id, providerValues });
      return await storeFor({ ...person, providerValues }, consent);
    } catch (error) {
      if (!mayBeStored(error)) await revokeRefused({ ...consent, person });
      throw error;
    }
  };

  async function storeFor(person: Person, consent: Consent): Promise<ConnectedAccount> {
    const owner = { userId: consent.attempt.subjectId, providerId: consent.provider.id };
    for (let tries = 0; tries < maxTries; tries += 1) {
      const known = await findTarget(consent.attempt, person);
      const accountId = known?.id ?? newId('acc', clock);
      // Sealed before the transaction, for the account's own place.
      const pair = await tokenStore.seal({ accountId, userId: owner.userId }, consent.tokens);
      if (!(await storeIfUnchanged({ consent, person, known, pair }))) continue;
      const account = await accounts.find({ userId: owner.userId, accountId });
      if (!account) continue;
      alarms.set(alarmedOf(account));
      return account;
    }
    throw new Error('The accounts of this user kept changing while one was being connected.');
  }

  /** The account that this person's tokens belong to; null for a new one. */
  async function findTarget(attempt: PendingAuthorization, person: Person): Promise<ConnectedAccount | null> {
    const { subjectId: userId, providerId, accountId } = attempt;
    const samePerson =
      person.externalId === null
        ? null
        : await accounts.findByExternalId({ userId, providerId, externalId: person.externalId });
    if (accountId === null) return samePerson;
    const account = await accounts.find({ userId, accountId });
    if (!account) {
      fail('STATE_INVALID', { why: 'The account that was to be connected again has been disconnected meanwhile.' });
    }
    assertSamePerson(account, person, samePerson);
    return account;
  }

  /** Answers false, and stores nothing, when the accounts are no longer as they were when the tokens were sealed. */
  async function storeIfUnchanged(storing: Storing): Promise<boolean> {
    try {
      await database.write((transaction) => store(transaction, storing));
      return true;
    } catch (error) {
      // The same person was connected by another attempt a moment ago.
      if (error instanceof AccountsChanged || isDuplicate(error)) return false;
      throw error;
    }
  }

  async function store(transaction: Transaction, { consent, person, known, pair }: Storing): Promise<void> {
    const { attempt, tokens } = consent;
    const target = await findTarget(attempt, person);
    if (target?.id !== known?.id) throw new AccountsChanged();
    const facts = {
      ...person,
      requestedScopes: attempt.requestedScopes,
      grantedScopes: tokens.grantedScopes ?? attempt.requestedScopes, // RFC 6749 §5.1
      expiresAt: tokens.expiresAt,
      refreshTokenExpiresAt: tokens.refreshTokenExpiresAt,
    };
    if (known) {
      const accountId = known.id;
      // First, as in a refresh: two that lock in one order never wait for each other.
      const planned = await replaceTokens(transaction, pair);
      const current = (await accounts.findIn(transaction, accountId)) ?? known;
      const nextRefreshAt = schedule.afterConsent({ ...planned, account: { ...current, ...facts } });
      await accounts.reconnect(transaction, { accountId, ...facts, nextRefreshAt });
    } else {
      const { subjectId: userId, providerId } = attempt;
      const account = { id: pair.accountId, userId, providerId, ...facts };
      const planned = { version: 1, hasRefreshToken: pair.refresh !== null };
      const nextRefreshAt = schedule.afterConsent({ ...planned, account: { ...account, policyOverride: null } });
      await accounts.create(transaction, { ...account, nextRefreshAt });
      await tokenStore.create(transaction, pair);
    }
    await recordOutcome(transaction, attempt, pair.accountId);
    await tell(transaction, { ...attempt, accountId: pair.accountId }, target);
  }

  /** The same person again after failures is a recovery; any other consent a connection. */
  async function tell(
    transaction: Transaction,
    { accountId, subjectId: userId, providerId }: { accountId: string; subjectId: string; providerId: string },
    before: ConnectedAccount | null,
  ): Promise<void> {
    const wasIll = before !== null && (before.status !== 'ACTIVE' || before.consecutiveFailures > 0);
    const change = wasIll
      ? ({ type: 'RECOVERED', facts: { by: 'RECONNECT' } } as const)
      : ({ type: 'CONNECTED', facts: {} } as const);
    await events.record(transaction, { ...change, accountId, userId, providerId });
  }

  /** The newest consent wins over a refresh that came in between: its tokens are of an older grant. */
  async function replaceTokens(transaction: Transaction, pair: SealedPair): Promise<PlannedPair> {
    const current = await tokenStore.read(pair.accountId);
    const version = current && (await tokenStore.replace(transaction, pair, current.version));
    if (version === null) throw new AccountsChanged();
    return { version, hasRefreshToken: pair.refresh !== null || current?.sealedRefreshToken !== null };
  }

  async function recordOutcome(
    transaction: Transaction,
    attempt: PendingAuthorization,
    accountId: string,
  ): Promise<void> {
    const isRecorded = await completions.recordConnected(transaction, { stateHash: attempt.stateHash, accountId });
    // Past its deadline the outcome was told to be unknown; an account must not appear after that.
    if (!isRecorded) fail('STATE_INVALID', { why: 'The provider took too long to finish this connection.' });
  }
}

/** A database that went away may have committed before; the tokens may be those of a living account. */
function mayBeStored(error: unknown): boolean {
  return error instanceof Fault && error.code === 'DATABASE_UNAVAILABLE';
}

/** Rolls the transaction back. */
class AccountsChanged extends Error {
  override readonly name = 'AccountsChanged';
}

interface Storing {
  readonly consent: Consent;
  readonly person: Person;
  readonly known: ConnectedAccount | null;
  readonly pair: SealedPair;
}

function assertSamePerson(account: ConnectedAccount, person: Person, samePerson: ConnectedAccount | null): void {
  const isOther = account.externalId !== null && account.externalId !== person.externalId;
  const isElsewhere = samePerson !== null && samePerson.id !== account.id;
  if (!isOther && !isElsewhere) return;
  fail('AUTHORIZATION_DENIED', {
    provider: account.providerId,
    accountId: account.id,
    why: `Somebody else signed in at the provider "${account.providerId}" than the person whose account was to be connected again; that account is unchanged.`,
  });
}
