/** The port to the alarm clock: one alarm for each account, at its next refresh. Served by jobs/account-alarms.ts; called
 *  by whoever has just committed what changes an account's next refresh.
 *  The account's row is the truth. An alarm that is lost, late, doubled or left behind does no harm: what it wakes reads the
 *  row first (refresh-due.ts), and the sweep mends it. Must never be set inside a transaction: it would outlive a rollback. */
import type { ConnectedAccount } from '../accounts/connected-account.js';

/** What an alarm is set by, as it was committed. */
export interface Alarmed {
  readonly accountId: string;
  readonly userId: string;
  readonly providerId: string;
  /** Null: nobody is to be woken. */
  readonly nextRefreshAt: number | null;
  /** Null for an account of an earlier release; it is given one. */
  readonly jobId: string | null;
}

export interface RefreshAlarms {
  /** Sets the account's alarm, moves it, or takes it away. Returns at once and never throws: what cannot be written is a
   *  line in the log. Of several calls for one account the last counts. */
  set(account: Alarmed): void;
  /** Resolves when what was set so far is written or told; for shutdown. */
  settled(): Promise<void>;
}

/** For parts whose accounts nobody is to wake. */
export const noAlarms: RefreshAlarms = { set: () => undefined, settled: () => Promise.resolve() };

export function alarmedOf(account: ConnectedAccount): Alarmed {
  const { id: accountId, userId, providerId, nextRefreshAt, jobId } = account;
  return { accountId, userId, providerId, nextRefreshAt, jobId };
}

/** An alarm as it stands in the table of jobs. */
export interface StoredAlarm {
  readonly jobId: string;
  readonly accountId: string;
  /** Null while it has no time, as one that was cut off as it ended. */
  readonly at: number | null;
  /** When somebody took it up; null while nobody has. */
  readonly takenAt: number | null;
}

/** What the sweep needs beyond setting. */
export interface AlarmRegister {
  find(jobIds: readonly string[]): Promise<readonly StoredAlarm[]>;
  /** In the order of their ids, those after `after`; null begins at the first. */
  page(request: { readonly after: string | null; readonly limit: number }): Promise<readonly StoredAlarm[]>;
  remove(jobIds: readonly string[]): Promise<void>;
}
