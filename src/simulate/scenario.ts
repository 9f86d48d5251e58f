/** What a simulation is told: how the provider behaves, who uses the accounts, how many and how long. Built by
 *  cli/read-scenario.ts and by tests; read by the rest of this room. Times and lengths are milliseconds. */
import type { Rotation } from '../providers/dialect.js';
import type { UserMix } from './user-models.js';

/** How the provider behaves, whatever Latchkey knows of it. */
export interface ProviderRules {
  /** Null for access tokens that do not end, which then have no refresh token. */
  readonly accessTokenLife: number | null;
  /** Null for refresh tokens that do not end. */
  readonly refreshTokenLife: number | null;
  readonly refreshTokenEnd: 'idle' | 'fixed';
  /** Latchkey is told of that end. */
  readonly isEndStated: boolean;
  readonly rotation: Rotation;
  /** Token requests a second that it answers; those above get a 429. Null for no limit. */
  readonly limitPerSecond: number | null;
  /** While one lasts every token request gets a 503. */
  readonly outages: readonly Outage[];
  /** Share of its answers that never arrive. */
  readonly lostAnswers: number;
}

export interface Outage {
  readonly from: number;
  readonly to: number;
}

export interface Scenario {
  /** Whose rules they are. */
  readonly title: string;
  readonly rules: ProviderRules;
  readonly users: UserMix;
  readonly accounts: number;
  /** So many of them are simulated; each stands for accounts / simulated. */
  readonly simulated: number;
  readonly days: number;
  readonly seed: number;
  /** Accounts are connected at moments spread evenly over the first so much. */
  readonly connectWithin: number;
}
