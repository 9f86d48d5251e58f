/** A refresh stage with the alarms of its accounts: the real table of jobs, and what rings and sweeps. Nothing rings by
 *  itself; a test does it. */
import { createDueAccounts, type DueAccounts } from '../../src/accounts/due-accounts.js';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { createAccountAlarms, type AccountAlarms } from '../../src/jobs/account-alarms.js';
import type { AlarmTable } from '../../src/jobs/alarm-table.js';
import { openJobRepository } from '../../src/jobs/open-job-repository.js';
import type { SweepCounts } from '../../src/observe/measures.js';
import { createRefreshDue, type RefreshDue } from '../../src/refresh/refresh-due.js';
import { alarmedOf } from '../../src/refresh/refresh-alarms.js';
import { createSweep } from '../../src/refresh/sweep.js';
import { openRefreshStage, type RefreshStage, type RefreshStageOptions } from './refresh-stage.js';

export interface DueStage extends RefreshStage {
  readonly table: AlarmTable;
  readonly alarms: AccountAlarms;
  readonly dueAccounts: DueAccounts;
  readonly refreshDue: RefreshDue;
  /** How late each refresh was that an alarm or a sweep began. */
  readonly lateness: readonly number[];
  /** What the job of this account does when its alarm rings; resolves to when it rings next. */
  ring(account: ConnectedAccount, jobId?: string): Promise<number | null>;
  /** What one sweep had to do. */
  sweep(): Promise<SweepCounts>;
  /** Whether an incident keeps the sweep from the provider. */
  shutProvider(shut: boolean): void;
  /** When the account's alarm rings; null without one. */
  alarmOf(account: ConnectedAccount): Promise<number | null>;
}

export async function openDueStage(options: RefreshStageOptions = {}): Promise<DueStage> {
  const late: number[] = [];
  let counts: SweepCounts = { RENEWED: 0, FAILED: 0, SET: 0, REMOVED: 0 };
  let alarms: AccountAlarms | null = null;
  const stage = await openRefreshStage({ ...options, alarms: { set: (account) => alarms?.set(account) } });
  const { clock, database, config } = stage;
  const { log } = stage.log;
  const repository = openJobRepository({ config, database, log });
  await repository.connect();
  const table = repository.alarms;
  const dueAccounts = createDueAccounts(database);
  alarms = createAccountAlarms({ table, allot: dueAccounts.allotJob, clock, log });
  const ownAlarms = alarms;
  const metrics = {
    dueRefreshBegan: ({ lateMs }: { lateMs: number }) => void late.push(lateMs),
    sweepEnded: (told: Readonly<SweepCounts>) => void (counts = { ...told }),
  };
  const refreshDue = createRefreshDue({ ...stage, log, metrics });
  const answer = alarms.answerWith(refreshDue.run);
  let isShut = false;
  const health = { isShut: () => isShut };
  const sweep = createSweep({ dueAccounts, alarms, register: table, refreshDue, health, clock, log, metrics });

  return {
    ...stage,
    table,
    alarms,
    dueAccounts,
    refreshDue,
    lateness: late,
    ring: ({ id: accountId, userId, providerId, jobId }, otherId) =>
      answer({ accountId, userId, providerId, jobId: otherId ?? jobId ?? '' }),
    async sweep() {
      await sweep.run();
      await ownAlarms.settled();
      return counts;
    },
    shutProvider(shut) {
      isShut = shut;
    },
    async alarmOf({ jobId }) {
      await ownAlarms.settled();
      const [alarm] = await table.find([jobId ?? '00000000-0000-0000-0000-000000000000']);
      return alarm?.at ?? null;
    },
    async connect(person) {
      const account = await stage.connect(person);
      ownAlarms.set(alarmedOf(account));
      return account;
    },
    async close() {
      await ownAlarms.settled();
      await repository.close();
      await stage.close();
    },
  };
}
