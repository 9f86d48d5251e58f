/** Alarms of accounts as rows of the table of jobs, for many at a time. Agenda's repository takes one job a statement; what
 *  ten thousand due accounts need goes through here, in statements that take any number. Two implementations, which
 *  test/contracts/alarm-table.contract.ts holds to one behaviour.
 *  The id of an alarm is chosen by whoever sets it and stands on the account, so to make it and to move it is one write by
 *  the primary key, and no account has two. */
import type { JobParameters } from 'agenda';
import type { AlarmCount } from '../observe/scrape-reader.js';
import type { AlarmRegister } from '../refresh/refresh-alarms.js';

/** The name of these jobs. */
export const ALARM_JOB = 'refresh-account';

/** What stands in the data of such a job: whom it wakes. */
export interface AlarmData {
  readonly accountId: string;
  readonly userId: string;
  readonly providerId: string;
}

export interface Alarm {
  /** A UUID. */
  readonly jobId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly data: AlarmData;
}

export type LockedAlarm = JobParameters & { readonly _id: NonNullable<JobParameters['_id']> };

export interface DueRequest {
  /** Those that are due until then, the earliest first. */
  readonly until: Date;
  /** A lock that is older is taken over, before any that is due. */
  readonly deadline: Date;
  readonly now: Date;
  readonly limit: number;
  readonly by: string | null;
}

/** A run that is over. */
export interface EndedAlarm {
  readonly jobId: string;
  /** Of the lock under which it ran. If another has it by now, nothing is written. */
  readonly lockedAt: Date;
  /** The time that the job had as it was locked. If it was moved since, it stays where it was moved to. */
  readonly seenAt: Date | null;
  /** Null: the job is removed. */
  readonly nextAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export interface AlarmTable extends AlarmRegister {
  put(alarms: readonly Alarm[]): Promise<void>;
  /** Locks them all in one statement; of several processes that ask together each gets others. */
  lockDue(request: DueRequest): Promise<LockedAlarm[]>;
  endRuns(ended: readonly EndedAlarm[]): Promise<void>;
  /** Reads the whole table. */
  count(now: Date): Promise<readonly AlarmCount[]>;
}
