/** One refresh's entries in the journal (vault/journal.ts): before it is noted and posted, when the answer comes, and when it
 *  is of no more use. Called by turns.ts, refresh-account.ts and recover-answers.ts.
 *  Must never: let a post go out that the journal has not noted, or lose an answer because the journal cannot be written:
 *  that one stays in memory, and the log says so. */
import type { AccountForUse } from '../accounts/account-facts.js';
import { fail } from '../errors.js';
import type { Logger } from '../observe/logger.js';
import type { RawAnswer } from '../outbound/raw-answer.js';
import type { Journal } from '../vault/journal.js';
import type { JournalKey } from '../vault/journal-lines.js';
import type { Sent } from './sent.js';

export interface AnswerJournal {
  /** Throws DATABASE_UNAVAILABLE when it cannot be noted; then nothing may be sent. */
  begin(sent: Sent): Promise<void>;
  /** Keeps what may hold tokens. Never rejects. */
  keep(sent: Sent, raw: RawAnswer): Promise<void>;
  /** After a fault of ours: an answer that was kept stays, for a start that can read it. */
  giveUp(sent: Sent): Promise<void>;
  settle(sent: Pick<Sent, 'intent'>): Promise<void>;
  isKept(sent: Pick<Sent, 'intent'>): boolean;
}

export interface AnswerJournalParts {
  readonly journal: Journal;
  readonly log: Logger;
}

export function createAnswerJournal({ journal, log }: AnswerJournalParts): AnswerJournal {
  const settle: AnswerJournal['settle'] = ({ intent }) => journal.settle(intent.attempt);

  return {
    async begin(sent) {
      try {
        await journal.begin(keyOf(sent));
      } catch (cause) {
        log.error({ event: 'refresh.journal_failed', ...factsOf(sent), step: 'begin', err: cause });
        const facts = { ...factsOf(sent), retryAfterSeconds: 1 };
        fail('DATABASE_UNAVAILABLE', facts, { detail: 'not sent: the journal did not note it', cause });
      }
    },

    async keep(sent, raw) {
      const { status } = raw.answer;
      if (status < 200 || status > 299) return; // nothing was granted
      await journal.keep(keyOf(sent), raw).catch((error: unknown) => {
        log.error({ event: 'refresh.journal_failed', ...factsOf(sent), step: 'keep', err: error });
      });
    },

    async giveUp(sent) {
      if (!journal.isKept(sent.intent.attempt)) await settle(sent);
    },

    settle,
    isKept: ({ intent }) => journal.isKept(intent.attempt),
  };
}

function keyOf({ account: { userId, providerId }, intent }: Sent): JournalKey {
  return { ...intent, userId, providerId };
}

function factsOf({ account }: AccountForUse): { accountId: string; provider: string } {
  return { accountId: account.id, provider: account.providerId };
}
