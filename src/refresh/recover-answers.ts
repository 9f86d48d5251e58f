/** Takes up what the journal has of refreshes that died with their process. Called by refresh-account.ts once, at the start.
 *  Answers are read by the code that reads a living answer, and written by compare-and-set as one is: where the tokens moved
 *  on since (the write had happened, or a new consent came) nothing is changed. A try without an answer gives its turn
 *  away: who was at it is dead, and nobody waits for its time to run out.
 *  Must never: stop a start, or let another refresh of such an account be sent before its answer was taken up. */
import type { AccountForUse, AccountKey } from '../accounts/account-facts.js';
import type { Clock } from '../clock.js';
import { fail, Fault } from '../errors.js';
import { readRefreshAnswer, type RefreshOutcome } from '../oauth/refresh-grant.js';
import type { Revocation } from '../oauth/revocation.js';
import type { Logger } from '../observe/logger.js';
import type { Catalogue, Provider } from '../providers/provider.js';
import type { Journal } from '../vault/journal.js';
import type { JournalKey } from '../vault/journal-lines.js';
import type { LeftAnswer } from '../vault/left-journals.js';
import type { RefreshIntent } from '../vault/refresh-intent-store.js';
import { TokenSetRow } from '../vault/token-set.entity.js';
import type { Sent } from './sent.js';

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
  /** Of a try whose process is dead. */
  readonly giveTurnAway: (intent: RefreshIntent) => Promise<void>;
  readonly revocation: Pick<Revocation, 'revokePair'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const PAUSE_MS = 1_000;

export function createRecoverAnswers(parts: RecoverAnswersParts): RecoverAnswers {
  const { journal, catalogue, find, conclude, giveTurnAway, revocation, clock, log } = parts;
  let answers: readonly LeftAnswer[] = [];
  let tries: readonly JournalKey[] = [];
  const ending = new AbortController();

  return {
    async recover() {
      const left = await journal.adopt();
      answers = lastOfEach(left.answers);
      tries = left.tries;
      const last = new Set(answers);
      // An older one was written, or another was sent after it.
      for (const one of left.answers) if (!last.has(one)) await journal.settle(one.key.attempt);
      if (!(await takeUpAll())) void tryAgain();
    },

    assertNoneWaits({ id, providerId }) {
      if (!answers.some(({ key }) => key.accountId === id)) return;
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
    for (const one of answers) {
      const account = await find(one.key).catch(() => null);
      if (account === null) return false;
      await takeUp(one, account).catch((error: unknown) => {
        // Not written yet, and held as one that just came.
        log.error({ event: 'refresh.journal_not_recovered', ...factsOf(one.key), err: error });
      });
      answers = answers.filter((other) => other !== one);
    }
    for (const one of tries) {
      const isGiven = await giveTurnAway(one).then(
        () => true,
        () => false,
      );
      if (!isGiven) return false;
      await journal.settle(one.attempt);
      tries = tries.filter((other) => other !== one);
    }
    return true;
  }

  async function takeUp({ key, raw }: LeftAnswer, current: AccountForUse | undefined): Promise<void> {
    const provider = providerOf(key);
    if (provider === null) return leaveOrForget(key, current);
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

  function providerOf({ providerId }: JournalKey): Provider | null {
    try {
      return catalogue.get(providerId);
    } catch (error) {
      if (error instanceof Fault && error.code === 'UNKNOWN_PROVIDER') return null;
      throw error;
    }
  }

  /** Only its provider’s definition says how an answer is read. It stays for a start that has it, unless the account has
   *  gone on without it. */
  async function leaveOrForget(key: JournalKey, current: AccountForUse | undefined): Promise<void> {
    if (current?.tokens.version === key.version) {
      const mend = 'give the catalogue this provider again and restart, or disconnect the account';
      log.warn({ event: 'refresh.journal_provider_missing', ...factsOf(key), mend });
      return;
    }
    await journal.settle(key.attempt);
    log.warn({ event: 'refresh.journal_recovered', ...factsOf(key), outcome: 'of no use' });
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
