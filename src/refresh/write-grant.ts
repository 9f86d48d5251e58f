/** Writes what a refresh brought: the new pair, the account's facts with the moment of its next refresh, a line in its
 *  history, and what the app is told, in one transaction. Called by write-outcome.ts.
 *  Grants that come together share a transaction, and its flush to the disk, as far as each account stands as it was read
 *  for its post and nobody else is writing it; any other has a transaction of its own.
 *  Must never: write over tokens that moved on, or let one account's fault be another's. */
import type { GrantedFacts, RefreshFacts } from '../accounts/account-facts.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { RefreshEventReason } from '../accounts/refresh-event.entity.js';
import type { RefreshEntry, RefreshHistory } from '../accounts/refresh-history.js';
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import { createTogether } from '../database/together.js';
import { Fault } from '../errors.js';
import type { AccountEvents } from '../events/account-events.js';
import { isWrittenBy } from '../vault/refresh-intent-store.js';
import type { SealedPair, TokenStore } from '../vault/token-store.js';
import { learnLifetime } from './learned-lifetime.js';
import { newsOfSuccess } from './news.js';
import type { Stored } from './outcome.js';
import type { RefreshSchedule } from './schedule.js';
import type { Post, Sent, Written } from './sent.js';

/** Null when the tokens that were sent are no longer the account's. May be called again after a failure: where the first
 *  call's COMMIT was only not heard of, what it wrote is the answer. */
export type GrantWriter = (sent: Sent, outcome: Stored, post: Post) => Promise<Written | null>;

export interface GrantWriterParts {
  readonly database: Database;
  readonly accounts: Pick<AccountStore, 'findIn' | 'recordRefreshed' | 'recordAllRefreshed'>;
  readonly tokens: Pick<TokenStore, 'seal' | 'replace' | 'replaceAll' | 'read'>;
  readonly history: Pick<RefreshHistory, 'add' | 'addAll'>;
  readonly events: AccountEvents;
  readonly schedule: Pick<RefreshSchedule, 'nextRefreshAt' | 'whileActive'>;
  readonly clock: Clock;
}

/** A grant, ready to be written. */
interface Grant {
  readonly sent: Sent;
  readonly facts: GrantedFacts;
  readonly post: Post;
  readonly sealed: SealedPair;
}

/** In one transaction: far from what a write may take, and few enough that who comes alone does not wait long. */
const MOST_TOGETHER = 64;

export function createGrantWriter(parts: GrantWriterParts): GrantWriter {
  const { database, accounts, tokens, history, events, schedule, clock } = parts;
  const together = createTogether({ most: MOST_TOGETHER, run: storeTogether });

  return async (sent, { pair, facts }, post) => {
    const { id: accountId, userId } = sent.account;
    // Sealed anew each time: while an answer is held, the sealing key may change.
    const sealed = await tokens.seal({ accountId, userId }, pair);
    const grant = { sent, facts, post, sealed };
    return (await together.add(grant)) ?? storeAlone(grant);
  };

  /** Null for those that are to be written alone. */
  async function storeTogether(lot: readonly Grant[]): Promise<(Written | null)[]> {
    if (lot.length === 1) return [null];
    const plans = new Map(lot.map((grant) => [grant.sent.account.id, planOf(grant)])); // of two for one account, the last
    try {
      const written = await database.write((transaction) => writeAll(transaction, [...plans.values()]));
      return lot.map((grant) => {
        const { id } = grant.sent.account;
        const plan = plans.get(id);
        if (plan?.grant !== grant || !written.has(id)) return null;
        return { version: versionAfter(grant), nextRefreshAt: plan.changes.nextRefreshAt };
      });
    } catch (error) {
      if (error instanceof Fault) throw error;
      return lot.map(() => null); // one of them cannot be written; by itself each shows whether it is the one
    }
  }

  /** Resolves to the accounts that were written. */
  async function writeAll(transaction: Transaction, plans: readonly Plan[]): Promise<ReadonlySet<string>> {
    const recorded = await accounts.recordAllRefreshed(
      transaction,
      plans.map(({ grant: { sent }, changes }) => ({
        facts: { accountId: sent.account.id, ...changes },
        seen: sent.account,
      })),
    );
    const ready = plans.map(({ grant }) => grant).filter(({ sent }) => recorded.has(sent.account.id));
    const spent = ready.map(({ sent, sealed }) => {
      return { pair: sealed, spentVersion: sent.tokens.version, attempt: sent.intent.attempt };
    });
    const moved = await tokens.replaceAll(transaction, spent);
    if (moved.size < ready.length) throw new Error('Tokens moved on whose account stands as it was read.');
    await history.addAll(transaction, ready.map(entryOf));
    for (const { sent } of ready) await events.record(transaction, newsOfSuccess(sent.account));
    return recorded;
  }

  function storeAlone(grant: Grant): Promise<Written | null> {
    const { sent, sealed } = grant;
    return database.write(async (transaction) => {
      const version = await tokens.replace(transaction, sealed, sent.tokens.version, sent.intent.attempt);
      if (version === null) return findWritten(transaction, grant);
      const nextRefreshAt = await record(transaction, grant);
      await history.add(transaction, entryOf(grant));
      return { version, nextRefreshAt };
    });
  }

  /** By what was read for the post, which mostly still stands; else anew. */
  async function record(transaction: Transaction, grant: Grant): Promise<number | null> {
    const { account } = grant.sent;
    const { changes: first } = planOf(grant);
    const isSeen = await accounts.recordRefreshed(transaction, { accountId: account.id, ...first }, account);
    const before = isSeen ? account : await current(transaction, account);
    const changes = isSeen ? first : changesOf(grant, before);
    if (!isSeen) await accounts.recordRefreshed(transaction, { accountId: account.id, ...changes }, null);
    await events.record(transaction, newsOfSuccess(before));
    return changes.nextRefreshAt;
  }

  function planOf(grant: Grant): Plan {
    return { grant, changes: changesOf(grant, grant.sent.account) };
  }

  function changesOf(grant: Grant, before: Sent['account']): Plan['changes'] {
    const { sent, facts, sealed, post } = grant;
    const tokensIssuedAt = clock.now();
    const lifetime = learnLifetime({ account: before, ...facts, reason: post.reason, issuedAt: tokensIssuedAt });
    const well = { status: 'ACTIVE', retryAt: null, backoffMs: null } as const;
    const planned = {
      account: { ...before, ...facts, ...lifetime, ...well, tokensIssuedAt },
      version: versionAfter(grant),
      hasRefreshToken: sealed.refresh !== null || sent.tokens.sealedRefreshToken !== null,
    };
    const nextRefreshAt = isByUse(post.reason) ? schedule.whileActive(planned) : schedule.nextRefreshAt(planned);
    return { ...facts, ...lifetime, tokensIssuedAt, nextRefreshAt };
  }

  /** Since it was read for the post, an admin may have given it another policy, or its user come back. */
  async function current(transaction: Transaction, account: Sent['account']): Promise<Sent['account']> {
    return (await accounts.findIn(transaction, account.id)) ?? account;
  }

  /** What an earlier call has written; else the answer is let go, since somebody came first. */
  async function findWritten(transaction: Transaction, grant: Grant): Promise<Written | null> {
    const { account, intent } = grant.sent;
    const row = await tokens.read(account.id);
    if (row && isWrittenBy(intent, row)) {
      const { nextRefreshAt } = await current(transaction, account);
      return { version: row.version, nextRefreshAt };
    }
    if (row) await history.add(transaction, { ...entryOf(grant), outcome: 'LET_GO' });
    return null;
  }
}

interface Plan {
  readonly grant: Grant;
  readonly changes: Omit<RefreshFacts, 'accountId'>;
}

function versionAfter({ sent }: Grant): number {
  return sent.tokens.version + 1;
}

function entryOf({ sent: { account, tokens }, post }: Grant): RefreshEntry {
  const { id: accountId, providerId } = account;
  return { accountId, providerId, ...post, outcome: 'GRANTED', version: tokens.version };
}

/** Somebody is here, though that may not be noted yet. */
function isByUse(reason: RefreshEventReason): boolean {
  return reason !== 'SCHEDULED' && reason !== 'KEEP_ALIVE' && reason !== 'RECOVERED';
}
