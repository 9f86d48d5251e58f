/** What comes of an answer that was handed in. Made by settle-authorization and repeat-outcome, read by complete and
 *  finish-in-browser. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Fault } from '../errors.js';

/** An account that was connected, or the problem in its way; never both. */
export interface ConnectOutcome {
  readonly account: ConnectedAccount | null;
  readonly problem: Fault | null;
  /** Where the problem is that an earlier exchange of this answer has no outcome: not yet, or none that anybody knows. */
  readonly earlier?: 'UNFINISHED' | 'INTERRUPTED';
}
