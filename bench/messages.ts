/** What run.ts and the processes of the bench say to each other over the channel that fork() opens: one question at a
 *  time, one answer to each. */

/** What a program needs to start. */
export interface Plan {
  /** http://127.0.0.1:<port>; empty for the upstream itself. */
  readonly upstreamUrl: string;
  /** Verifies the JWTs of the load. */
  readonly publicKeyPem: string;
  /** How many people have an account. */
  readonly people: number;
  /** A folder of the program's own for what it writes. */
  readonly folder: string;
  /** Where PostgreSQL answers; null for SQLite in the folder. */
  readonly databaseUrl: string | null;
}

/** Running totals of one process; two readings and what was served between them give the cost of a request. */
export interface Reading {
  /** User and system time. */
  readonly cpuMicros: number;
  /** Statements that typeorm ran, writes among them. */
  readonly statements: number;
  readonly writes: number;
  readonly rssBytes: number;
}

export type Question =
  | { readonly ask: 'start'; readonly plan: Plan }
  | { readonly ask: 'read' }
  /** Samples the stack from now on. */
  | { readonly ask: 'profile' }
  /** The profile since then, as V8 gives it. */
  | { readonly ask: 'profile-end' }
  | { readonly ask: 'stop' };

export type Answer = { readonly value: unknown } | { readonly fault: string };
