/** One entry of the list of jobs that app.ts gives to createJobs. */
export interface JobDefinition {
  /** Also the key of its row in jobs.db. */
  readonly name: string;
  /** How often it runs, in words ("10 minutes") or as a cron expression. The first time is at once, where no earlier
   *  start of Latchkey has set one. */
  readonly every: string;
  /** Longer than the job ever takes: after this time it is taken for dead and started again. 30 s if left out. */
  readonly lockLifetimeMs?: number;
  run(): Promise<void>;
}
