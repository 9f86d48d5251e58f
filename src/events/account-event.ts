/** What the app is told of a connected account, as the rooms that cause it say it. */

export const accountEventTypes = [
  'CONNECTED',
  'REFRESHED',
  'NEEDS_REAUTHORIZATION',
  'RECOVERED',
  'DISCONNECTED',
  'EXPIRING',
] as const;

export type AccountEventType = (typeof accountEventTypes)[number];

/** A change of an account. `facts` is what else the app may know of it: codes and times, never a token. */
export interface AccountChange {
  readonly type: AccountEventType;
  readonly accountId: string;
  readonly userId: string;
  readonly providerId: string;
  readonly facts: EventFacts;
}

export interface EventFacts {
  /** Of NEEDS_REAUTHORIZATION: why. A RefreshErrorCode. */
  readonly code?: string;
  /** Of RECOVERED: whether a refresh worked again, or the user connected the account again. */
  readonly by?: 'REFRESH' | 'RECONNECT';
  /** Of EXPIRING: when the refresh token ends if its user does nothing, epoch milliseconds. */
  readonly endsAt?: number;
}

export interface AccountEvent extends AccountChange {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
}
