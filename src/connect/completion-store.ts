/** The one place that reads and writes attempts whose state is consumed. Called by the use cases of this room.
 *  A row begins as EXCHANGING in the transaction that consumes the attempt, before the code is sent, and gets its
 *  outcome once. So a process that died in between leaves a row that says so, and nobody sends the code again. */
import { LessThanOrEqual, MoreThan } from 'typeorm';
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import { Fault, problemCodes } from '../errors.js';
import { CompletedAuthorizationRow } from './completed-authorization.entity.js';
import type { PendingAuthorization } from './pending-store.js';

export type Completion = Readonly<CompletedAuthorizationRow>;

export interface CompletionStore {
  /** Keeps who may repeat the answer and what it was. With a problem the row has its outcome at once. */
  begin(
    transaction: Transaction,
    beginning: { attempt: PendingAuthorization; answerHash: string; problem: Fault | null },
  ): Promise<void>;
  /** Answers whether the row was still waiting for its outcome, and in time. */
  recordConnected(transaction: Transaction, outcome: { stateHash: string; accountId: string }): Promise<boolean>;
  recordFailed(outcome: { stateHash: string; problem: Fault }): Promise<void>;
  /** Every exchange that has no outcome gets none any more; answers how many. Only where no other process can be at one. */
  interruptAll(): Promise<number>;
  /** Null once the time for repeating is over. */
  findByState(stateHash: string): Promise<Completion | null>;
  findByHandle(handleHash: string): Promise<Completion | null>;
  /** Deletes what is over; answers how many. */
  purge(): Promise<number>;
}

export interface CompletionStoreParts {
  readonly database: Database;
  readonly clock: Clock;
  /** How long a repeated answer gets the same outcome, in seconds. */
  readonly repeatSeconds: number;
}

/** Longer than every time limit of an exchange and its profile together; after it the outcome counts as unknown. */
const exchangeDeadlineMs = 90_000;

export function createCompletionStore({ database, clock, repeatSeconds }: CompletionStoreParts): CompletionStore {
  const { reader } = database;
  const repeatMs = repeatSeconds * 1000;

  return {
    async begin(transaction, { attempt, answerHash, problem }) {
      const deadlineAt = problem ? null : clock.now() + exchangeDeadlineMs;
      await transaction.insert(CompletedAuthorizationRow, {
        stateHash: attempt.stateHash,
        answerHash,
        handleHash: attempt.handleHash,
        browserHash: attempt.browserHash,
        actorId: attempt.actorId,
        subjectId: attempt.subjectId,
        providerId: attempt.providerId,
        returnTo: attempt.returnTo,
        ...(problem ? failed(problem) : exchanging),
        deadlineAt,
        expiresAt: (deadlineAt ?? clock.now()) + repeatMs,
      });
    },

    async recordConnected(transaction, { stateHash, accountId }) {
      const { affected } = await transaction.update(
        CompletedAuthorizationRow,
        { stateHash, status: 'EXCHANGING', deadlineAt: MoreThan(clock.now()) },
        { status: 'CONNECTED', accountId, deadlineAt: null, expiresAt: clock.now() + repeatMs },
      );
      return affected === 1;
    },

    async recordFailed({ stateHash, problem }) {
      await database.write((transaction) =>
        transaction.update(
          CompletedAuthorizationRow,
          { stateHash, status: 'EXCHANGING' },
          { ...failed(problem), deadlineAt: null, expiresAt: clock.now() + repeatMs },
        ),
      );
    },

    async interruptAll() {
      const { affected } = await database.write((transaction) =>
        transaction.update(
          CompletedAuthorizationRow,
          { status: 'EXCHANGING', deadlineAt: MoreThan(clock.now()) },
          { deadlineAt: clock.now(), expiresAt: clock.now() + repeatMs },
        ),
      );
      return affected ?? 0;
    },

    findByState: (stateHash) =>
      reader.findOneBy(CompletedAuthorizationRow, { stateHash, expiresAt: MoreThan(clock.now()) }),
    findByHandle: (handleHash) =>
      reader.findOneBy(CompletedAuthorizationRow, { handleHash, expiresAt: MoreThan(clock.now()) }),

    async purge() {
      const { affected } = await database.write((transaction) =>
        transaction.delete(CompletedAuthorizationRow, { expiresAt: LessThanOrEqual(clock.now()) }),
      );
      return affected ?? 0;
    },
  };
}

/** The problem of a row that failed, as it was when it failed; null where that was a fault of ours. */
export function problemOf({ problemCode, problemWhy, providerId, accountId }: Completion): Fault | null {
  const code = problemCodes.find((known) => known === problemCode);
  if (code === undefined) return null;
  return new Fault(code, {
    provider: providerId,
    ...(accountId === null ? {} : { accountId }),
    ...(problemWhy === null ? {} : { why: problemWhy }),
  });
}

type Outcome = Pick<CompletedAuthorizationRow, 'status' | 'accountId' | 'problemCode' | 'problemWhy'>;

const exchanging: Outcome = { status: 'EXCHANGING', accountId: null, problemCode: null, problemWhy: null };

function failed({ code, facts }: Fault): Outcome {
  return { status: 'FAILED', accountId: facts.accountId ?? null, problemCode: code, problemWhy: facts.why ?? null };
}
