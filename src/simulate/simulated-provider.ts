/** The provider of a simulation: what it answers to a token request at a moment, by its rules and whatever Latchkey knows
 *  of them. Called by simulated-gateway.ts. */
import { draw } from './chance.js';
import type { ProviderRules, Scenario } from './scenario.js';

export type ProviderAnswer = 'granted' | 'grant-is-over' | 'too-many-requests' | 'unavailable' | 'never-arrived';

export interface TokenRequest {
  readonly account: number;
  /** Which of the account's requests this is. */
  readonly n: number;
  readonly now: number;
  /** When the refresh token that is sent ends. */
  readonly endsAt: number;
  /** When it was sent before, and the answer lost; null if it was not. */
  readonly openTryAt: number | null;
}

export interface SimulatedProvider {
  answer(request: TokenRequest): ProviderAnswer;
}

const CHANCE_OF_LOSS = 0x10c0ffee;

export function createSimulatedProvider({ rules, seed, accounts, simulated }: Scenario): SimulatedProvider {
  // Each request stands for `scale` of them, so that a second's requests come within `scale` seconds.
  const scale = accounts / simulated;
  let second = -1;
  let requests = 0;

  return {
    answer({ account, n, now, endsAt, openTryAt }) {
      if (isOverLimit(now)) return 'too-many-requests';
      if (rules.outages.some(({ from, to }) => now >= from && now < to)) return 'unavailable';
      if (now >= endsAt || (openTryAt !== null && !takesAgain(rules, now - openTryAt))) return 'grant-is-over';
      if (rules.lostAnswers > 0 && draw(seed ^ CHANCE_OF_LOSS, account, n) < rules.lostAnswers) return 'never-arrived';
      return 'granted';
    },
  };

  function isOverLimit(now: number): boolean {
    if (rules.limitPerSecond === null) return false;
    const current = Math.floor(now / 1000 / scale);
    requests = current === second ? requests + 1 : 1;
    second = current;
    return requests > rules.limitPerSecond;
  }
}

/** Whether a refresh token that was sent so long ago, and its answer lost, may be sent again. */
function takesAgain({ rotation: { rotates, replay, graceSeconds } }: ProviderRules, age: number): boolean {
  if (rotates === 'never') return true;
  switch (replay) {
    case 'stable':
    case 'untilFirstUse': // nobody has seen the new access token
      return true;
    case 'grace':
      return age <= (graceSeconds ?? 0) * 1000;
    case 'revokes':
      return false;
    default:
      return replay satisfies never;
  }
}
