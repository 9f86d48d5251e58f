/** Serves the port of refresh/refresh-alarms.ts on the table of jobs: sets, moves and takes away the alarms of accounts,
 *  those that come together in one statement. Called by whoever refreshes, connects or disconnects, after their commit.
 *  While an account's own job runs here, its alarm is not written but left to the end of that run: Agenda saves the job's
 *  time then in any case. */
import type { Clock } from '../clock.js';
import { newJobId } from '../database/new-id.js';
import type { Logger } from '../observe/logger.js';
import type { Alarmed, RefreshAlarms } from '../refresh/refresh-alarms.js';
import type { AlarmData, AlarmTable } from './alarm-table.js';
import type { AlarmHandler } from './define-alarms.js';
import { createGather } from './gather.js';

export interface AccountAlarms extends RefreshAlarms {
  /** What an alarm does as it rings. `wake` gives the account as it stands then, or null where it is gone. */
  answerWith(wake: (key: AlarmData) => Promise<Alarmed | null>): AlarmHandler['ring'];
}

export interface AccountAlarmsParts {
  readonly table: Pick<AlarmTable, 'put' | 'remove'>;
  /** Gives an account its job's id, unless it has one by now; resolves to the one that stands, or null without an account. */
  readonly allot: (accountId: string, jobId: string) => Promise<string | null>;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createAccountAlarms({ table, allot, clock, log }: AccountAlarmsParts): AccountAlarms {
  const running = new Map<string, Alarmed | null>();
  const writes = createGather<Alarmed>({ keyOf: ({ accountId }) => accountId, write: writeOrTell });

  return {
    set(account) {
      if (account.jobId !== null && running.has(account.jobId)) {
        running.set(account.jobId, account);
        return;
      }
      void writes.add(account);
    },

    settled: () => writes.settled(),

    answerWith:
      (wake) =>
      async ({ jobId, ...key }) => {
        running.set(jobId, null);
        try {
          const found = await wake(key);
          const account = running.get(jobId) ?? found;
          // A second job of one account rings once, and is removed.
          return account?.jobId === jobId ? account.nextRefreshAt : null;
        } finally {
          running.delete(jobId);
        }
      },
  };

  async function writeOrTell(accounts: readonly Alarmed[]): Promise<void> {
    try {
      await write(accounts);
    } catch (error) {
      // The sweep finds the accounts by their own due times.
      log.warn({ event: 'refresh.alarms_not_set', count: accounts.length, err: error });
    }
  }

  async function write(accounts: readonly Alarmed[]): Promise<void> {
    const set = [];
    const gone: string[] = [];
    for (const account of accounts) {
      const { accountId, userId, providerId, nextRefreshAt: at } = account;
      if (at === null) {
        if (account.jobId !== null) gone.push(account.jobId);
        continue;
      }
      const jobId = account.jobId ?? (await allot(accountId, newJobId(clock)));
      if (jobId !== null) set.push({ jobId, at, data: { accountId, userId, providerId } });
    }
    if (set.length > 0) await table.put(set);
    if (gone.length > 0) await table.remove(gone);
  }
}
