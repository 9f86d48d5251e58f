/** The outcome of an answer that was handed in before. Called by settle-authorization; nothing is exchanged here.
 *  Another process may still be exchanging it, or have died at it: only its deadline tells the two apart. So a moment is
 *  waited, and then what is known is said. Must never: hold a person for the time of somebody else's exchange. */
import type { AccountStore } from '../accounts/account-store.js';
import type { Clock } from '../clock.js';
import { Fault } from '../errors.js';
import { problemOf, type Completion, type CompletionStore } from './completion-store.js';
import type { ConnectOutcome } from './connect-outcome.js';

/** A different answer to the same state is STATE_INVALID. */
export type RepeatOutcome = (completion: Completion, answerDigest: string) => Promise<ConnectOutcome>;

export interface RepeatOutcomeParts {
  readonly accounts: Pick<AccountStore, 'find'>;
  readonly completions: Pick<CompletionStore, 'findByState'>;
  readonly clock: Clock;
}

/** How often an answer that another process is exchanging is looked at, and for how long. */
const pollMs = 100;
const patienceMs = 5_000;

export function createRepeatOutcome({ accounts, completions, clock }: RepeatOutcomeParts): RepeatOutcome {
  return async (completion, answerDigest) => {
    if (completion.answerHash !== answerDigest) return { account: null, problem: new Fault('STATE_INVALID') };
    const seen = await awaitOutcome(completion);
    switch (seen.status) {
      case 'CONNECTED':
        return connectedBefore(seen);
      case 'FAILED':
        return failedBefore(seen);
      case 'EXCHANGING':
        return isInTime(seen) ? unfinished(seen) : interrupted(seen);
      default:
        return seen.status satisfies never;
    }
  };

  async function awaitOutcome(completion: Completion): Promise<Completion> {
    const until = clock.monotonic() + patienceMs;
    let seen = completion;
    while (seen.status === 'EXCHANGING' && isInTime(seen) && clock.monotonic() < until) {
      await clock.sleep(pollMs);
      seen = (await completions.findByState(seen.stateHash)) ?? seen;
    }
    return seen;
  }

  function isInTime({ deadlineAt }: Completion): boolean {
    return clock.now() < (deadlineAt ?? 0);
  }

  async function connectedBefore({ subjectId, accountId }: Completion): Promise<ConnectOutcome> {
    const account = accountId === null ? null : await accounts.find({ userId: subjectId, accountId });
    if (account) return { account, problem: null };
    const why = 'The account that this link connected has been disconnected since.';
    return { account: null, problem: new Fault('STATE_INVALID', { why }) };
  }

  function unfinished({ providerId: provider, deadlineAt }: Completion): ConnectOutcome {
    const seconds = Math.max(1, Math.ceil(((deadlineAt ?? 0) - clock.now()) / 1000));
    const why = `This connection is still being finished, or was interrupted; which of the two is known in ${seconds} seconds at the latest.`;
    const retryAfterSeconds = Math.min(seconds, patienceMs / 1000);
    const problem = new Fault('PROVIDER_UNAVAILABLE', { provider, why, retryAfterSeconds });
    return { account: null, problem, earlier: 'UNFINISHED' };
  }
}

/** The code is spent, so a fault of ours does not ask for the same answer again either. */
function failedBefore(completion: Completion): ConnectOutcome {
  const problem = problemOf(completion);
  return problem ? { account: null, problem } : interrupted(completion);
}

/** An account is stored with its outcome or not at all; so nothing was connected, and nothing will be. */
function interrupted({ providerId: provider }: Completion): ConnectOutcome {
  const why =
    'Latchkey was interrupted while it finished this connection. Nothing was connected, and what the provider made of it is not known.';
  return { account: null, problem: new Fault('STATE_INVALID', { provider, why }), earlier: 'INTERRUPTED' };
}
