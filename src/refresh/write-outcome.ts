/** Writes what a refresh came to: the new pair with the account's facts, or the failure. Called by refresh-account.ts.
 *  Each is one transaction, with the moment of the next refresh, its line in the account's history and what the app is told.
 *  It holds only while the account still has the tokens that were sent: a disconnect or a new consent in between wins, and
 *  nothing is written over it. */
import type { AccountForUse, GrantedFacts } from '../accounts/account-facts.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { RefreshEventOutcome, RefreshEventReason } from '../accounts/refresh-event.entity.js';
import type { RefreshHistory } from '../accounts/refresh-history.js';
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import type { AccountEvents } from '../events/account-events.js';
import { isWrittenBy, type RefreshIntent, type RefreshIntentStore } from '../vault/refresh-intent-store.js';
import type { TokenStore } from '../vault/token-store.js';
import { learnLifetime } from './learned-lifetime.js';
import { newsOfFailure, newsOfSuccess } from './news.js';
import type { Reported, Stored } from './outcome.js';
import type { RefreshSchedule } from './schedule.js';
import { pauseAfterTooEarly } from './too-early.js';

export interface OutcomeWriter {
  /** Null when the tokens that were sent are no longer the account's. May be called again after a failure: where the first
   *  call's COMMIT was only not heard of, what it wrote is the answer. */
  store(sent: Sent, outcome: Stored, post: Post): Promise<Written | null>;
  /** Notes that the provider gave the tokens that stand, and when it is asked again. */
  postpone(sent: Sent, outcome: Stored, post: Post): Promise<void>;
  /** False when the tokens that were sent are no longer the account's: then it is not the account's failure. Nothing was
   *  sent where `intent` is null. */
  report(sent: Tried, end: ReportedEnd, post: Post): Promise<boolean>;
  /** Ends a try of which nothing is known. */
  leaveOpen(intent: RefreshIntent): Promise<void>;
}

/** What stands since. */
export interface Written {
  readonly version: number;
  readonly nextRefreshAt: number | null;
}

export interface Sent extends AccountForUse {
  /** The try that sent them. */
  readonly intent: RefreshIntent;
}

type Tried = Pick<Sent, 'account' | 'tokens'> & { readonly intent: RefreshIntent | null };

/** What the history keeps of a try beside its end. */
export interface Post {
  readonly reason: RefreshEventReason;
  /** From the post to its answer; null where nothing was sent, or the process that sent it died. */
  readonly tookMs: number | null;
}

type ReportedEnd = Pick<Reported, 'failure' | 'end'>;

export interface OutcomeWriterParts {
  readonly database: Database;
  readonly accounts: Pick<AccountStore, 'findIn' | 'recordRefreshed' | 'recordTooEarly' | 'recordRefreshFailure'>;
  readonly tokens: Pick<TokenStore, 'seal' | 'replace' | 'hold' | 'read'>;
  readonly intents: Pick<RefreshIntentStore, 'end'>;
  readonly history: Pick<RefreshHistory, 'add'>;
  readonly events: AccountEvents;
  readonly schedule: Pick<RefreshSchedule, 'nextRefreshAt' | 'whileActive'>;
  readonly clock: Clock;
}

export function createOutcomeWriter(parts: OutcomeWriterParts): OutcomeWriter {
  const { database, accounts, tokens, intents, history, events, schedule, clock } = parts;

  return {
    async store(sent, { pair, facts }, post) {
      const { account, tokens: row, intent } = sent;
      // Sealed anew each time: while an answer is held, the sealing key may change.
      const sealed = await tokens.seal({ accountId: account.id, userId: account.userId }, pair);
      return database.write(async (transaction) => {
        const moved = await tokens.replace(transaction, sealed, row.version, intent.attempt);
        if (moved === null) return findWritten(transaction, sent, post);
        const hasRefreshToken = pair.refreshToken !== null || row.sealedRefreshToken !== null;
        const renewed = { facts, version: moved, hasRefreshToken, reason: post.reason };
        const nextRefreshAt = await record(transaction, sent, renewed);
        await note(transaction, sent, { outcome: 'GRANTED', ...post });
        return { version: moved, nextRefreshAt };
      });
    },

    postpone: (sent, { facts }, post) =>
      database.write(async (transaction) => {
        const { account, tokens: row, intent } = sent;
        const isOurs = await intents.end(transaction, intent, 'SETTLED');
        if (!isOurs && !(await tokens.hold(transaction, account.id, row.version))) return;
        const before = await current(transaction, account);
        const now = clock.now();
        // An answer without an end is given one that counts from now; the token is older than that.
        const expiresAt = before.expiresAt !== null && before.expiresAt > now ? before.expiresAt : facts.expiresAt;
        const backoffMs = pauseAfterTooEarly(expiresAt, now);
        const nextRefreshAt = schedule.nextRefreshAt({
          account: { ...before, expiresAt, status: 'ACTIVE', retryAt: now + backoffMs, backoffMs },
          version: row.version,
          hasRefreshToken: true,
        });
        const isFor401 = post.reason === 'REFUSED';
        const accountId = account.id;
        await accounts.recordTooEarly(transaction, { accountId, expiresAt, backoffMs, nextRefreshAt, isFor401 });
        await note(transaction, sent, { outcome: 'TOO_EARLY', ...post });
      }),

    report: (tried, { failure, end }, post) =>
      database.write(async (transaction) => {
        const { account, tokens: row, intent } = tried;
        const isOurs = intent !== null && (await intents.end(transaction, intent, end));
        // Another may have taken over a try that lasted too long; the failure is the account's all the same.
        if (!isOurs && !(await tokens.hold(transaction, account.id, row.version))) return false;
        const { status, backoffMs } = failure;
        const before = await current(transaction, account);
        const retryAt = backoffMs === null ? null : clock.now() + backoffMs;
        const nextRefreshAt = schedule.nextRefreshAt({
          account: { ...before, status: status === 'KEEP' ? before.status : status, retryAt, backoffMs },
          version: row.version,
          hasRefreshToken: row.sealedRefreshToken !== null,
        });
        await accounts.recordRefreshFailure(transaction, { accountId: account.id, ...failure, nextRefreshAt });
        await note(transaction, tried, { outcome: failure.code, ...post });
        const news = newsOfFailure(before, failure);
        if (news) await events.record(transaction, news);
        return true;
      }),

    async leaveOpen(intent) {
      await database.write((transaction) => intents.end(transaction, intent, 'OPEN'));
    },
  };

  /** By what was read for the post, which mostly still stands; else anew. */
  async function record(transaction: Transaction, { account }: Sent, renewed: Renewed): Promise<number | null> {
    const first = changesOf(account, renewed);
    const isSeen = await accounts.recordRefreshed(transaction, { accountId: account.id, ...first }, account);
    const before = isSeen ? account : await current(transaction, account);
    const changes = isSeen ? first : changesOf(before, renewed);
    if (!isSeen) await accounts.recordRefreshed(transaction, { accountId: account.id, ...changes }, null);
    await events.record(transaction, newsOfSuccess(before));
    return changes.nextRefreshAt;
  }

  function changesOf(before: Sent['account'], { facts, version, hasRefreshToken, reason }: Renewed) {
    const tokensIssuedAt = clock.now();
    const lifetime = learnLifetime({ account: before, ...facts, reason, issuedAt: tokensIssuedAt });
    const well = { status: 'ACTIVE', retryAt: null, backoffMs: null } as const;
    const planned = {
      account: { ...before, ...facts, ...lifetime, ...well, tokensIssuedAt },
      version,
      hasRefreshToken,
    };
    const nextRefreshAt = isByUse(reason) ? schedule.whileActive(planned) : schedule.nextRefreshAt(planned);
    return { ...facts, ...lifetime, tokensIssuedAt, nextRefreshAt };
  }

  /** Since it was read for the post, an admin may have given it another policy, or its user come back. */
  async function current(transaction: Transaction, account: Sent['account']): Promise<Sent['account']> {
    return (await accounts.findIn(transaction, account.id)) ?? account;
  }

  /** What an earlier call has written; else the answer is let go, since somebody came first. */
  async function findWritten(transaction: Transaction, sent: Sent, post: Post): Promise<Written | null> {
    const row = await tokens.read(sent.account.id);
    if (row && isWrittenBy(sent.intent, row)) {
      const { nextRefreshAt } = await current(transaction, sent.account);
      return { version: row.version, nextRefreshAt };
    }
    if (row) await note(transaction, sent, { outcome: 'LET_GO', ...post });
    return null;
  }

  async function note(
    transaction: Transaction,
    { account, tokens: row }: Pick<Sent, 'account' | 'tokens'>,
    end: Post & { readonly outcome: RefreshEventOutcome },
  ): Promise<void> {
    const { reason, outcome, tookMs } = end;
    const { id: accountId, providerId } = account;
    await history.add(transaction, { accountId, providerId, reason, outcome, tookMs, version: row.version });
  }
}

/** Somebody is here, though that may not be noted yet. */
function isByUse(reason: RefreshEventReason): boolean {
  return reason !== 'SCHEDULED' && reason !== 'KEEP_ALIVE' && reason !== 'RECOVERED';
}

interface Renewed {
  readonly facts: GrantedFacts;
  readonly version: number;
  readonly hasRefreshToken: boolean;
  readonly reason: RefreshEventReason;
}
