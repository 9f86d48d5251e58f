/** What create-jobs needs of a job repository beyond what Agenda does: an end that leaves no lock. */
import type { JobRepository } from 'agenda';
import type { AlarmTable } from './alarm-table.js';

export interface ClosableJobRepository extends JobRepository {
  /** From now on no job is locked; jobs that run may still write their state. */
  stopLocking(): void;
  /** Gives back the locks that this repository took and still holds. */
  releaseLocks(): Promise<void>;
  close(): Promise<void>;
  /** The jobs that are alarms, many at a time. */
  readonly alarms: AlarmTable;
}
