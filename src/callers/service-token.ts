/** A service token as the rooms above see it: what a back end shows in place of a user's JWT. */
import type { ServiceAction } from './actions.js';

export interface ServiceScope {
  readonly actions: readonly ServiceAction[];
  /** Null: all providers. */
  readonly providers: readonly string[] | null;
  /** What the ids of the users begin with for whom it may act; null: all users. */
  readonly userPrefixes: readonly string[] | null;
}

export interface ServiceToken {
  readonly id: string;
  /** For people: which back end has it. */
  readonly name: string;
  readonly scope: ServiceScope;
  /** Epoch milliseconds, as all times here. */
  readonly createdAt: number;
  /** The admin who made it. */
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
  /** Oldest first. */
  readonly secrets: readonly ServiceTokenSecret[];
}

/** What is told of a secret. */
export interface ServiceTokenSecret {
  readonly createdAt: number;
  /** When it ends before its token does; null: with it. */
  readonly endsAt: number | null;
  /** To the minute; null: never yet. */
  readonly lastUsedAt: number | null;
}
