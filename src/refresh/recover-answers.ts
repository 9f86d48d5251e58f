/** Brings home the answers of refreshes whose process died before they were written. Called by refresh-account.ts once, at
 *  the start. They are read by the code that reads a living answer, and written by compare-and-set as one is: where the
 *  tokens moved on since (the write had happened, or a new consent came) nothing is changed.
 *  Must never: stop a start, or let another refresh of such an account be sent before. */
import type { AccountForUse, AccountKey } from '../accounts/account-facts.js';
import type { Clock } from '../clock.js';
import { fail } from '../errors.js';
import { readRefreshAnswer, type RefreshOutcome } from '../oauth/refresh-grant.js';
import type { Revocation } from '../oauth/revocation.js';
import type { Logger } from '../observe/logger.js';
import type { Catalogue } from '../providers/provider.js';
import type { Journal, LeftAnswer } from '../vault/journal.js';
import type { JournalKey } from '../vault/journal-lines.js';
import { TokenSetRow } from '../vault/token-set.entity.js';
import type { Sent } from './write-outcome.js';

export interface RecoverAnswers {
  /** Resolves when each was taken up, or, while the database does not answer, at once; that is tried again behind. */
  recover(): Promise<void>;
  /** Throws DATABASE_UNAVAILABLE while an answer of this account waits to be taken up. */
  assertNoneWaits(account: AccountForUse['account']): void;
  /** For shutdown. */
  end(): void;
}

export interface RecoverAnswersParts {
  readonly journal: Pick<Journal, 'adopt' | 'settle'>;
  readonly catalogue: Catalogue;
  readonly find: (key: AccountKey & { readonly providerId: string }) => Promise<AccountForUse | undefined>;
  /** Does with it what is done with an answer that just came. */
  readonly conclude: (sent: Sent, outcome: RefreshOutcome) => Promise<unknown>;
  readonly revocation: Pick<Revocation, 'revokePair'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const PAUSE_MS = 1_000;

export function createRecoverAnswers(parts: RecoverAnswersParts): RecoverAnswers {
  const { journal, catalogue, find, conclude, revocation, clock, log } = parts;
  let waiting: readonly LeftAnswer[] = [];
  const ending = new AbortController();

  return {
    async recover() {
      const left = await journal.adopt();
      waiting = lastOfEach(left);
      const last = new Set(waiting);
      // An older one was written, or another was sent after it.
      for (const one of left) if (!last.has(one)) await journal.settle(one.key.attempt);
      if (!(await takeUpAll())) void tryAgain();
    },

    assertNoneWaits({ id, providerId }) {
      if (!waiting.some(({ key }) => key.accountId === id)) return;
      const facts = { provider: providerId, accountId: id, retryAfterSeconds: 1 };
      fail('DATABASE_UNAVAILABLE', facts, { detail: 'an answer in the journal is not taken up yet' });
    },

    end: () => ending.abort(),
  };

  async function tryAgain(): Promise<void> {
    for (;;) {
      await clock.sleep(PAUSE_MS, ending.signal).catch(() => undefined);
      if (ending.signal.aborted || (await takeUpAll())) return;
    }
  }

  async function takeUpAll(): Promise<boolean> {
    for (const one of waiting) {
      const account = await find(one.key).catch(() => null);
      if (account === null) return false;
      await takeUp(one, account).catch((error: unknown) => {
        // Not written yet, and held as one that just came; or a provider that is gone: then the entry stays.
        log.error({ event: 'refresh.journal_not_recovered', ...factsOf(one.key), err: error });
      });
      waiting = waiting.filter((other) => other !== one);
    }
    return true;
  }

  async function takeUp({ key, raw }: LeftAnswer, current: AccountForUse | undefined): Promise<void> {
    const provider = catalogue.get(key.providerId);
    const outcome = readRefreshAnswer(provider, raw);
    if (current) {
      const tokens = Object.assign(new TokenSetRow(), current.tokens, { version: key.version });
      await conclude({ account: current.account, tokens, intent: key }, outcome).catch((error: unknown) => {
        if (outcome.kind === 'granted') throw error; // else it is what a caller would be told
      });
    } else {
      // Disconnected since: nothing may live on at the provider.
      if (outcome.kind === 'granted') await revocation.revokePair({ provider, externalId: null, ...outcome.answer });
      await journal.settle(key.attempt);
    }
    log.warn({ event: 'refresh.journal_recovered', ...factsOf(key), outcome: outcome.kind });
  }
}

/** Of each account the newest; ids of tries grow with time. */
function lastOfEach(left: readonly LeftAnswer[]): LeftAnswer[] {
  const last = new Map<string, LeftAnswer>();
  for (const one of left) {
    const other = last.get(one.key.accountId);
    if (!other || isNewer(one.key, other.key)) last.set(one.key.accountId, one);
  }
  return [...last.values()];
}

function isNewer(one: JournalKey, other: JournalKey): boolean {
  return one.version === other.version ? one.attempt > other.attempt : one.version > other.version;
}

function factsOf({ accountId, providerId }: JournalKey): { accountId: string; provider: string } {
  return { accountId, provider: providerId };
}
