/** Tells the app, days before, which refresh tokens will die unless their user does something: those that no planned refresh
 *  moves. Called by a recurring job; once an end, however many instances look. */
import type { EndingAccount, EndingAccounts } from '../accounts/ending-accounts.js';
import type { Clock } from '../clock.js';
import type { Database } from '../database/database.js';
import type { AccountEvents } from '../events/account-events.js';
import type { Catalogue } from '../providers/provider.js';

/** Gives how many accounts the app was told of. */
export type TellEndings = () => Promise<number>;

export interface TellEndingsParts {
  readonly database: Database;
  readonly endings: EndingAccounts;
  readonly events: AccountEvents;
  readonly catalogue: Pick<Catalogue, 'list'>;
  readonly clock: Clock;
  /** How many days before; 0 for never. */
  readonly noticeDays: number;
}

const DAY_MS = 86_400_000;

export function createTellEndings(parts: TellEndingsParts): TellEndings {
  const { database, endings, events, catalogue, clock, noticeDays } = parts;
  const noticeMs = noticeDays * DAY_MS;

  return async () => {
    const fixedProviders = catalogue
      .list()
      .filter(({ lifetimes }) => lifetimes.refreshTokenEnd === 'fixed')
      .map(({ id }) => id);
    const from = clock.now();
    const window = { from, until: from + noticeMs, fixedProviders };
    let told = 0;
    let after: EndingAccount | null = null;
    for (;;) {
      const found: EndingAccount[] = await endings.find({ ...window, after });
      for (const account of found) if (isSoon(account, { now: from, noticeMs }) && (await tell(account))) told += 1;
      after = found.at(-1) ?? null;
      if (after === null) return told;
    }
  };

  function tell(account: EndingAccount): Promise<boolean> {
    const { id: accountId, userId, providerId, endsAt } = account;
    return database.write(async (transaction) => {
      if (!(await endings.noteTold(transaction, account))) return false;
      await events.record(transaction, { type: 'EXPIRING', accountId, userId, providerId, facts: { endsAt } });
      return true;
    });
  }
}

/** A token that lives shorter than the notice is told of in the second half of its life, not as soon as it is there. */
function isSoon(
  { endsAt, tokensIssuedAt }: Pick<EndingAccount, 'endsAt' | 'tokensIssuedAt'>,
  { now, noticeMs }: { readonly now: number; readonly noticeMs: number },
): boolean {
  const lifeMs = tokensIssuedAt === null ? Infinity : endsAt - tokensIssuedAt;
  return endsAt - now <= Math.min(noticeMs, lifeMs / 2);
}
