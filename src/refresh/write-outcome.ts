/** Writes what a refresh came to: the new pair with the account's facts, or the failure. Called by refresh-account.ts.
 *  Each is one transaction, with the moment of the next refresh, its line in the account's history and what the app is told.
 *  It holds only while the account still has the tokens that were sent: a disconnect or a new consent in between wins, and
 *  nothing is written over it. */
import type { AccountStore } from '../accounts/account-store.js';
import type { RefreshEventOutcome } from '../accounts/refresh-event.entity.js';
import type { Transaction } from '../database/database.js';
import type { RefreshIntent, RefreshIntentStore } from '../vault/refresh-intent-store.js';
import type { TokenStore } from '../vault/token-store.js';
import { newsOfFailure } from './news.js';
import type { Reported, Stored } from './outcome.js';
import type { Post, Sent } from './sent.js';
import { pauseAfterTooEarly } from './too-early.js';
import { createGrantWriter, type GrantWriter, type GrantWriterParts } from './write-grant.js';

export interface OutcomeWriter {
  store: GrantWriter;
  /** Notes that the provider gave the tokens that stand, and when it is asked again. */
  postpone(sent: Sent, outcome: Stored, post: Post): Promise<void>;
  /** False when the tokens that were sent are no longer the account's: then it is not the account's failure. Nothing was
   *  sent where `intent` is null. */
  report(sent: Tried, end: ReportedEnd, post: Post): Promise<boolean>;
  /** Ends a try of which nothing is known. */
  leaveOpen(intent: RefreshIntent): Promise<void>;
}

type Tried = Pick<Sent, 'account' | 'tokens'> & { readonly intent: RefreshIntent | null };

type ReportedEnd = Pick<Reported, 'failure' | 'end'>;

export interface OutcomeWriterParts extends GrantWriterParts {
  readonly accounts: GrantWriterParts['accounts'] & Pick<AccountStore, 'recordTooEarly' | 'recordRefreshFailure'>;
  readonly tokens: GrantWriterParts['tokens'] & Pick<TokenStore, 'hold'>;
  readonly intents: Pick<RefreshIntentStore, 'end'>;
}

export function createOutcomeWriter(parts: OutcomeWriterParts): OutcomeWriter {
  const { database, accounts, tokens, intents, history, events, schedule, clock } = parts;

  return {
    store: createGrantWriter(parts),

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

  /** Since it was read for the post, an admin may have given it another policy, or its user come back. */
  async function current(transaction: Transaction, account: Sent['account']): Promise<Sent['account']> {
    return (await accounts.findIn(transaction, account.id)) ?? account;
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
