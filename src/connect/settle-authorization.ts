/** Settles an attempt with the provider's answer: consumes the state, sends the code, stores the account. Called by complete
 *  and finish-in-browser, once they know that whoever brings the answer may finish the attempt.
 *  The state is consumed, and that is committed with the audit's STARTED row, before the code goes out. So of any number
 *  of equal answers, in this process or another, one is exchanged and all get its outcome; a replayed answer finds nothing
 *  to spend; and an answer that could not be audited has spent nothing.
 *  RFC 6749 §4.1.2, §4.1.3, RFC 7636 §4.5, RFC 9207 §2.4. */
import type { AccountStore } from '../accounts/account-store.js';
import type { Audit, StartedAct } from '../audit/audit.js';
import type { Clock } from '../clock.js';
import type { Database } from '../database/database.js';
import { Fault } from '../errors.js';
import type { CodeGrant } from '../oauth/code-grant.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/measures.js';
import { fillProvider } from '../providers/fill-provider.js';
import type { Catalogue } from '../providers/provider.js';
import { createSingleFlight } from '../refresh/single-flight.js';
import type { CallbackAnswer } from './callback-answer.js';
import type { Completion, CompletionStore } from './completion-store.js';
import type { ConnectAccount } from './connect-account.js';
import type { ConnectOutcome } from './connect-outcome.js';
import type { PendingAuthorization, PendingStore } from './pending-store.js';
import { findRefusal } from './refused-answer.js';
import { createRedeemCode } from './redeem-code.js';
import { createRepeatOutcome } from './repeat-outcome.js';

/** Who finishes, for the audit. */
export interface Finisher {
  readonly actorId: string;
  readonly reason: string | null;
  readonly requestId: string;
}

export interface Settlement {
  /** The outcome of this answer: of the exchange that it starts, or of the one that the same answer started before.
   *  Throws what is no problem of the user's, such as INTERNAL. */
  settle(attempt: PendingAuthorization, answer: CallbackAnswer, finisher: Finisher): Promise<ConnectOutcome>;
  /** The outcome of an answer that came before, or that it has none yet. A different answer to the same state is
   *  STATE_INVALID. */
  repeat(completion: Completion, answerDigest: string): Promise<ConnectOutcome>;
  /** Settles an answer that is a problem whoever brings it: consumes the attempt and gives the problem. An answer with a
   *  code that could be sent is left as it is, and gives none. Never sends a code. */
  refuseProblem(attempt: PendingAuthorization, answer: CallbackAnswer): Promise<ConnectOutcome>;
}

export interface SettlementParts {
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly accounts: Pick<AccountStore, 'find'>;
  readonly codeGrant: CodeGrant;
  readonly connectAccount: ConnectAccount;
  readonly pending: PendingStore;
  readonly completions: CompletionStore;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'authorizationEnded'>;
}

export function createSettlement(parts: SettlementParts): Settlement {
  const { database, catalogue, codeGrant, connectAccount, pending, completions, audit, log, metrics } = parts;
  const redeemCode = createRedeemCode(parts);
  const repeatOutcome = createRepeatOutcome(parts);
  const flights = createSingleFlight<ConnectOutcome>();

  return {
    settle: (attempt, answer, finisher) =>
      flights.run(flightOf(attempt, answer.digest), () => settleOnce(attempt, answer, finisher)),

    repeat: (completion, answerDigest) =>
      flights.run(flightOf(completion, answerDigest), () => repeatOutcome(completion, answerDigest)),

    async refuseProblem(attempt, answer) {
      const problem = await findProblem(attempt, answer);
      if (!problem) return { account: null, problem: null };
      return (await refuse(attempt, answer, problem)) ? refused(attempt, problem) : { account: null, problem };
    },
  };

  async function settleOnce(
    attempt: PendingAuthorization,
    answer: CallbackAnswer,
    finisher: Finisher,
  ): Promise<ConnectOutcome> {
    const problem = await findProblem(attempt, answer);
    if (problem) {
      const isOurs = await refuse(attempt, answer, problem);
      return isOurs ? refused(attempt, problem) : outcomeOfTheOther(attempt, answer);
    }
    const proof = await pending.openProof(attempt);
    const started = await consume(attempt, answer, finisher);
    if (!started) return outcomeOfTheOther(attempt, answer);
    try {
      const account = await audit.proceed(started, async (trace) => {
        const connected = await connectAccount(await redeemCode({ attempt, answer, ...proof }));
        trace.accountId = connected.id;
        return connected;
      });
      metrics.authorizationEnded({ provider: attempt.providerId, outcome: 'CONNECTED' });
      return { account, problem: null };
    } catch (error) {
      return failed(attempt, error);
    }
  }

  function refused({ providerId }: PendingAuthorization, problem: Fault): ConnectOutcome {
    metrics.authorizationEnded({ provider: providerId, outcome: problem.code });
    return { account: null, problem };
  }

  async function findProblem(attempt: PendingAuthorization, answer: CallbackAnswer): Promise<Fault | null> {
    try {
      const provider = fillProvider(catalogue.get(attempt.providerId), attempt.providerValues, 'start');
      await codeGrant.assertIssuer(provider, answer.iss);
    } catch (error) {
      if (error instanceof Fault && error.code === 'STATE_INVALID') return error;
      throw error;
    }
    return findRefusal(answer, attempt.providerId);
  }

  /** One transaction: whoever deletes the attempt owns its code, and the rows that say so are there before it is sent.
   *  Null when another one has it. */
  function consume(
    attempt: PendingAuthorization,
    answer: CallbackAnswer,
    finisher: Finisher,
  ): Promise<StartedAct | null> {
    return database.write(async (transaction) => {
      if (!(await pending.take(transaction, attempt))) return null;
      await completions.begin(transaction, { attempt, answerHash: answer.digest, problem: null });
      return audit.start(transaction, actOf(attempt, finisher));
    });
  }

  /** Consumes an attempt whose code is not sent. Answers whether it was still there. */
  function refuse(attempt: PendingAuthorization, answer: CallbackAnswer, problem: Fault): Promise<boolean> {
    return database.write(async (transaction) => {
      const isTaken = await pending.take(transaction, attempt);
      if (isTaken) await completions.begin(transaction, { attempt, answerHash: answer.digest, problem });
      return isTaken;
    });
  }

  async function outcomeOfTheOther(attempt: PendingAuthorization, answer: CallbackAnswer): Promise<ConnectOutcome> {
    const completion = await completions.findByState(attempt.stateHash);
    return completion
      ? repeatOutcome(completion, answer.digest)
      : { account: null, problem: new Fault('STATE_INVALID') };
  }

  async function failed(attempt: PendingAuthorization, error: unknown): Promise<ConnectOutcome> {
    const problem = error instanceof Fault ? error : new Fault('INTERNAL', {}, 'finishing an authorization', error);
    metrics.authorizationEnded({ provider: attempt.providerId, outcome: problem.code });
    log.warn({ event: 'authorization.failed', providerId: attempt.providerId, code: problem.code, err: error });
    await completions.recordFailed({ stateHash: attempt.stateHash, problem }).catch((lost: unknown) => {
      log.error({ event: 'authorization.outcome_lost', providerId: attempt.providerId, err: lost });
    });
    if (problem.isProblem()) return { account: null, problem };
    throw error;
  }
}

function flightOf({ stateHash }: { readonly stateHash: string }, answerDigest: string): string {
  return `${stateHash}.${answerDigest}`;
}

function actOf(attempt: PendingAuthorization, { actorId, reason, requestId }: Finisher) {
  const { subjectId, accountId } = attempt;
  return { action: 'account.connected', actorId, subjectId, accountId, reason, requestId } as const;
}
