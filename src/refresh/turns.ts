/** Decides who may send an account's refresh token now, among all processes on one database. Called by refresh-account.ts.
 *  A turn is a note on the tokens, committed before the post: what cannot be noted is not sent. The journal hears of it
 *  first, so that whoever reads the journal of a dead process can give its turn away at once. Who comes while another
 *  process is at it waits for what that brings, and shares it.
 *  Must never: hold a transaction open while it waits, or wait without an end. */
import type { AccountForUse } from '../accounts/account-facts.js';
import type { Clock } from '../clock.js';
import type { Database } from '../database/database.js';
import { newId } from '../database/new-id.js';
import { Fault, fail } from '../errors.js';
import { REFRESH_TIMEOUT_MS } from '../oauth/refresh-grant.js';
import type { Catalogue } from '../providers/provider.js';
import {
  isOpenIntent,
  isUnderWay,
  type RefreshIntent,
  type RefreshIntentStore,
} from '../vault/refresh-intent-store.js';
import type { AnswerJournal } from './answer-journal.js';
import type { Sent } from './sent.js';

export type Turn =
  /** Ours: send, and then end the note. `current` is what it was taken on. */
  | { readonly kind: 'mine'; readonly current: AccountForUse; readonly intent: RefreshIntent }
  /** There are newer tokens than those that were to be renewed. */
  | { readonly kind: 'moved'; readonly current: AccountForUse }
  /** Another process tried meanwhile, and it failed; the account says how. */
  | { readonly kind: 'failed'; readonly current: AccountForUse };

export interface Turns {
  /** Throws what `assertMayTry` throws (it is asked before each try, with what is known then), PROVIDER_UNAVAILABLE when
   *  another process neither ends nor dies, DATABASE_UNAVAILABLE when the turn could not be noted. */
  take(seen: AccountForUse, look: TurnLook): Promise<Turn>;
}

export interface TurnLook {
  /** The account as it stands now. */
  find(): Promise<AccountForUse>;
  assertMayTry(current: AccountForUse): void;
}

export interface TurnParts {
  readonly database: Database;
  readonly intents: Pick<RefreshIntentStore, 'note' | 'end'>;
  readonly catalogue: Pick<Catalogue, 'get'>;
  readonly answers: Pick<AnswerJournal, 'begin' | 'settle'>;
  readonly leases?: Leases | undefined;
  readonly clock: Clock;
}

export interface Leases {
  /** A note older than this is of a process that will not post any more. */
  readonly postMs: number;
  /** The same where a second post could end the grant: nor will it bring an answer home. Its journal had that long to be
   *  read by a start in its place. */
  readonly answerMs: number;
}

/** How long the noting and the sending together may take more than the post itself. */
const MARGIN_MS = 5_000;
/** What the sending needs of that. */
const SENDING_MS = 2_000;
export const LEASES: Leases = { postMs: REFRESH_TIMEOUT_MS + MARGIN_MS, answerMs: 60_000 };
const LONGEST_WAIT_MS = REFRESH_TIMEOUT_MS;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

export function createTurns(parts: TurnParts): Turns {
  const { database, intents, catalogue, answers, leases = LEASES, clock } = parts;

  return {
    async take(seen, { find, assertMayTry }) {
      const startedAt = clock.monotonic();
      let current = seen;
      let hasWaited = false;
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        assertMayTry(current);
        const intent = await note(current);
        if (intent) return { kind: 'mine', current, intent };
        current = await find();
        if (isUnderWay(current.tokens)) {
          assertPatience(current, { waitedMs: clock.monotonic() - startedAt, leaseMs: leaseOf(current) });
          await clock.sleep(pauseMs);
          hasWaited = true;
          current = await find();
        }
        if (current.tokens.version !== seen.tokens.version) return { kind: 'moved', current };
        // A try that was noted and never sent has left nothing to share: then the next is ours, or whoever is faster's.
        if (hasWaited && !isUnderWay(current.tokens) && hasFailedSince(seen, current))
          return { kind: 'failed', current };
      }
    },
  };

  async function note(current: AccountForUse): Promise<RefreshIntent | null> {
    const { accountId, version } = current.tokens;
    const intent = { accountId, version, attempt: newId('rfr', clock) };
    const sent = { ...current, intent };
    await answers.begin(sent);
    let isOurs = false;
    try {
      isOurs = await noteInTime(sent);
    } finally {
      if (!isOurs) await answers.settle(sent);
    }
    return isOurs ? intent : null;
  }

  async function noteInTime({ tokens: row, intent, ...current }: Sent): Promise<boolean> {
    let notedAt = 0;
    const sending = (): void => void (notedAt = clock.monotonic());
    const by = { attempt: intent.attempt, leaseMs: leaseOf(current), sending };
    const isNoted = await intents.note(row, by).catch((cause: unknown) => {
      if (cause instanceof Fault) throw cause;
      return fail('DATABASE_UNAVAILABLE', { retryAfterSeconds: 1 }, { detail: 'not sent: it was not noted', cause });
    });
    if (!isNoted || clock.monotonic() - notedAt < MARGIN_MS - SENDING_MS) return isNoted;
    // So late that another might take over before our post has ended.
    const how = isOpenIntent(row) ? 'OPEN' : 'SETTLED';
    await database.write((transaction) => intents.end(transaction, intent, how));
    return fail('DATABASE_UNAVAILABLE', { retryAfterSeconds: 1 }, { detail: 'not sent: noting it took too long' });
  }

  function leaseOf({ account }: Pick<AccountForUse, 'account'>): number {
    const { replay } = catalogue.get(account.providerId).rotation;
    return replay === 'revokes' ? leases.answerMs : leases.postMs;
  }
}

function hasFailedSince({ account: before }: AccountForUse, { account: now }: AccountForUse): boolean {
  return now.consecutiveFailures > before.consecutiveFailures || now.status !== before.status;
}

function assertPatience(
  { account }: AccountForUse,
  { waitedMs, leaseMs }: { waitedMs: number; leaseMs: number },
): void {
  if (waitedMs < LONGEST_WAIT_MS) return;
  const retryAfterSeconds = Math.max(1, Math.ceil((leaseMs - waitedMs) / 1000));
  const facts = { provider: account.providerId, accountId: account.id, retryAfterSeconds };
  fail('PROVIDER_UNAVAILABLE', facts, { detail: 'another process is refreshing, or died while it did' });
}
