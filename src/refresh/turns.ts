/** Decides who may send an account's refresh token now, among all processes on one database. Called by refresh-account.ts.
 *  A turn is a note on the tokens, committed before the post: what cannot be noted is not sent. Who comes while another
 *  process is at it waits for what that brings, and shares it.
 *  Must never: hold a transaction open while it waits, or wait without an end. */
import type { AccountForUse } from '../accounts/account-facts.js';
import type { Clock } from '../clock.js';
import type { Database } from '../database/database.js';
import { Fault, fail } from '../errors.js';
import { REFRESH_TIMEOUT_MS } from '../oauth/refresh-grant.js';
import type { TokenSetRow } from '../vault/token-set.entity.js';
import {
  isOpenIntent,
  isUnderWay,
  type RefreshIntent,
  type RefreshIntentStore,
} from '../vault/refresh-intent-store.js';
import { LONGEST_BEGIN_MS } from './answer-journal.js';

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
  readonly clock: Clock;
}

/** How long the noting and the sending together may take more than the post itself. */
const MARGIN_MS = 5_000;
/** A note older than this is of a process that died. */
export const LEASE_MS = REFRESH_TIMEOUT_MS + MARGIN_MS;
const LONGEST_WAIT_MS = REFRESH_TIMEOUT_MS;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

export function createTurns({ database, intents, clock }: TurnParts): Turns {
  return {
    async take(seen, { find, assertMayTry }) {
      const startedAt = clock.monotonic();
      let current = seen;
      let hasWaited = false;
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        assertMayTry(current);
        const intent = await note(current.tokens);
        if (intent) return { kind: 'mine', current, intent };
        current = await find();
        if (isUnderWay(current.tokens)) {
          assertPatience(current, clock.monotonic() - startedAt);
          await clock.sleep(pauseMs);
          hasWaited = true;
          current = await find();
        }
        if (current.tokens.version !== seen.tokens.version) return { kind: 'moved', current };
        // Without a wait the row had changed since it was read, and what it says now has not been looked at yet.
        if (hasWaited && !isUnderWay(current.tokens)) return { kind: 'failed', current };
      }
    },
  };

  async function note(row: TokenSetRow): Promise<RefreshIntent | null> {
    let notedAt = 0;
    const intent = await database
      .write((transaction) => {
        notedAt = clock.monotonic();
        return intents.note(transaction, row, LEASE_MS);
      })
      .catch((cause: unknown) => {
        if (cause instanceof Fault) throw cause;
        return fail('DATABASE_UNAVAILABLE', { retryAfterSeconds: 1 }, { detail: 'not sent: it was not noted', cause });
      });
    if (!intent || clock.monotonic() - notedAt < MARGIN_MS - LONGEST_BEGIN_MS) return intent;
    // So late that another might take over before our post has ended.
    const how = isOpenIntent(row) ? 'OPEN' : 'SETTLED';
    await database.write((transaction) => intents.end(transaction, intent, how));
    return fail('DATABASE_UNAVAILABLE', { retryAfterSeconds: 1 }, { detail: 'not sent: noting it took too long' });
  }
}

function assertPatience({ account }: AccountForUse, waitedMs: number): void {
  if (waitedMs < LONGEST_WAIT_MS) return;
  const retryAfterSeconds = Math.max(1, Math.ceil((LEASE_MS - waitedMs) / 1000));
  const facts = { provider: account.providerId, accountId: account.id, retryAfterSeconds };
  fail('PROVIDER_UNAVAILABLE', facts, { detail: 'another process is refreshing, or died while it did' });
}
