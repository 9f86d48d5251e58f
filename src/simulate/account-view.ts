/** What an account of a simulation looks like: to plan(), as a row does in a running gateway, and to the provider, which
 *  knows when its tokens end. Called by simulated-gateway.ts. */
import type { Activity, PlannedTokens } from '../refresh/plan.js';
import { draw } from './chance.js';
import { NONE, orNull, read, type Fleet } from './fleet.js';
import type { Scenario } from './scenario.js';
import type { LossReason } from './tally.js';

export interface AccountView {
  tokensOf(account: number): PlannedTokens;
  activityOf(account: number): Pick<Activity, 'lastActiveAt'>;
  /** End of the access token; null where there is none. */
  expiryOf(account: number): number | null;
  isOver(account: number, now: number): boolean;
  /** When the provider lets the refresh token end, known or not; Infinity for never. */
  refreshEndOf(account: number): number;
  whyLost(account: number): LossReason;
}

const SPREAD = 0x5eed5eed;

export function createAccountView({ rules, seed }: Scenario, fleet: Fleet): AccountView {
  const life = rules.accessTokenLife;
  return { tokensOf, activityOf, expiryOf, isOver, refreshEndOf, whyLost };

  function tokensOf(account: number): PlannedTokens {
    const end = refreshEndOf(account);
    return {
      status: read(fleet.isRefused, account) === 1 ? 'NEEDS_REAUTHORIZATION' : 'ACTIVE',
      hasRefreshToken: life !== null,
      expiresAt: expiryOf(account),
      issuedAt: read(fleet.issuedAt, account),
      refreshTokenExpiresAt: rules.isEndStated && end !== Infinity ? end : null,
      refreshTokenEnd: rules.refreshTokenEnd,
      retryAt: orNull(read(fleet.retryAt, account)),
      spread: draw(seed ^ SPREAD, account, read(fleet.version, account)),
    };
  }

  function expiryOf(account: number): number | null {
    return life === null ? null : read(fleet.issuedAt, account) + life;
  }

  function activityOf(account: number): Pick<Activity, 'lastActiveAt'> {
    return { lastActiveAt: orNull(read(fleet.lastActiveAt, account)) };
  }

  function isOver(account: number, now: number): boolean {
    const expiresAt = expiryOf(account);
    return expiresAt !== null && now >= expiresAt;
  }

  function refreshEndOf(account: number): number {
    if (rules.refreshTokenLife === null) return Infinity;
    const from = rules.refreshTokenEnd === 'idle' ? fleet.issuedAt : fleet.grantedAt;
    return read(from, account) + rules.refreshTokenLife;
  }

  function whyLost(account: number): LossReason {
    if (read(fleet.openTryAt, account) !== NONE) return 'ANSWER_LOST';
    if (read(fleet.backoff, account) > 0) return 'FAILING';
    return rules.refreshTokenEnd === 'fixed' ? 'FIXED_END' : 'UNUSED';
  }
}
