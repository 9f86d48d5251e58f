/** Keeps in memory what a provider granted and the database would not take, and writes it as soon as it can. Called by
 *  refresh-account.ts. Where each refresh token works once, such an answer holds the only one that is left.
 *  Must never: drop an answer in silence, let another refresh of the account be sent before it is written, or give a token
 *  out that is not committed. */
import { setMaxListeners } from 'node:events';
import type { AccountForUse } from '../accounts/account-facts.js';
import type { Clock } from '../clock.js';
import { fail } from '../errors.js';
import type { Logger } from '../observe/logger.js';
import type { Written } from './sent.js';

export interface HeldAnswers<Answer> {
  /** Writes it; what cannot be written is held and tried again until it can. Gives what `write` gives. Throws
   *  DATABASE_UNAVAILABLE when it is held. */
  keep(answer: Answer): Promise<Written | null>;
  /** Before a post: writes what is held of this account. Throws DATABASE_UNAVAILABLE while that fails, and when so much
   *  is held that no further answer could be. */
  makeRoom(account: AccountForUse['account']): Promise<void>;
  /** For shutdown: resolves when all is written, or when that takes too long. What is lost then is logged. */
  settled(): Promise<void>;
}

export interface HeldAnswersParts<Answer> {
  /** Writes it once; may be called again after it threw. */
  write(answer: Answer): Promise<Written | null>;
  /** Hears of an answer that was held and is written now. */
  written(answer: Answer, outcome: Written | null): Promise<unknown>;
  /** Whether it outlives the process. */
  readonly isKept: (answer: Answer) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
  readonly maxHeld: number;
}

interface Entry<Answer> {
  readonly answer: Answer;
  readonly heldSince: number;
  writing: Promise<void> | null;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Of the ten seconds that a process has to end in. */
const LAST_TRIES_MS = 3_000;
const LAST_PAUSE_MS = 250;

export function createHeldAnswers<Answer extends AccountForUse>(parts: HeldAnswersParts<Answer>): HeldAnswers<Answer> {
  const { write, written, isKept, clock, log, maxHeld } = parts;
  const held = new Map<string, Entry<Answer>>();
  const ending = new AbortController();
  setMaxListeners(0, ending.signal); // one an answer that is held

  return {
    async keep(answer) {
      try {
        return await write(answer);
      } catch (cause) {
        hold(answer, cause);
        return failHeld(answer.account, cause);
      }
    },

    async makeRoom(account) {
      const entry = held.get(account.id);
      if (entry) await bringHome(entry).catch((cause: unknown) => failHeld(account, cause));
      if (held.size >= maxHeld) failHeld(account, new Error(`${held.size} answers are held already`));
    },

    async settled() {
      const endsAt = clock.monotonic() + LAST_TRIES_MS;
      while (held.size > 0) {
        await Promise.allSettled([...held.values()].map(bringHome));
        if (held.size === 0 || clock.monotonic() >= endsAt) break;
        await clock.sleep(LAST_PAUSE_MS);
      }
      ending.abort();
      for (const { answer, heldSince } of held.values()) {
        const facts = { ...factsOf(answer), heldMs: ageOf(heldSince) };
        if (isKept(answer)) log.warn({ event: 'refresh.answer_left', ...facts });
        else log.error({ event: 'refresh.answer_lost', ...facts });
      }
    },
  };

  function hold(answer: Answer, cause: unknown): void {
    const entry: Entry<Answer> = { answer, heldSince: clock.monotonic(), writing: null };
    held.set(answer.account.id, entry);
    log.error({ event: 'refresh.answer_held', ...factsOf(answer), err: cause });
    void retry(entry);
  }

  async function retry(entry: Entry<Answer>): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; isHeld(entry); pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await clock.sleep(pauseMs, ending.signal).catch(() => undefined);
      if (ending.signal.aborted) return;
      if (isHeld(entry)) await bringHome(entry).catch(() => undefined);
    }
  }

  /** One write at a time, whoever asks for it. */
  function bringHome(entry: Entry<Answer>): Promise<void> {
    entry.writing ??= writeHeld(entry).finally(() => (entry.writing = null));
    return entry.writing;
  }

  async function writeHeld({ answer, heldSince }: Entry<Answer>): Promise<void> {
    const outcome = await write(answer);
    held.delete(answer.account.id);
    log.warn({ event: 'refresh.answer_kept', ...factsOf(answer), heldMs: ageOf(heldSince) });
    await written(answer, outcome).catch((error: unknown) => {
      log.warn({ event: 'refresh.answer_not_followed_up', ...factsOf(answer), err: error });
    });
  }

  function isHeld(entry: Entry<Answer>): boolean {
    return held.get(entry.answer.account.id) === entry;
  }

  function ageOf(heldSince: number): number {
    return Math.round(clock.monotonic() - heldSince);
  }
}

function factsOf({ account }: AccountForUse): { accountId: string; provider: string } {
  return { accountId: account.id, provider: account.providerId };
}

function failHeld({ id, providerId }: AccountForUse['account'], cause: unknown): never {
  const facts = { provider: providerId, accountId: id, retryAfterSeconds: 1 };
  return fail('DATABASE_UNAVAILABLE', facts, { detail: 'the new tokens are held until they can be written', cause });
}
