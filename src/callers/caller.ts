/** Who calls, as proved by a verified JWT or a service token. Made by authenticate.ts alone. */
import type { Action } from './actions.js';

export type CallerRole = 'user' | 'admin' | 'service';

export interface Caller {
  /** Of a user and an admin the user id: 1 to 255 characters, from the configured claim. Of a service token its own id. */
  readonly id: string;
  readonly role: CallerRole;
  /** What an admin or a service token may do to others' accounts: what any of them gives. Of a user none. */
  readonly grants: readonly Grant[];
  /** End of the JWT or the service token, epoch milliseconds: a long answer (a subscription) ends with it. */
  readonly expiresAt: number;
}

/** All that is given must hold. */
export interface Grant {
  /** Null: all that the table gives the role. */
  readonly actions: ReadonlySet<Action> | null;
  /** Null: all providers. */
  readonly providers: ReadonlySet<string> | null;
  /** What the user's id begins with; null: all users. */
  readonly userPrefixes: readonly string[] | null;
  readonly isReadOnly: boolean;
}
