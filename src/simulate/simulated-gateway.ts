/** What Latchkey does for the accounts of a simulation. It asks plan(), the code that a running gateway asks, at the same
 *  occasions: a use, an alarm, and after each change. Called by simulate-policy.ts. No rule of a policy stands here. */
import type { RefreshPolicy } from '../providers/provider.js';
import { nextBackoff } from '../refresh/backoff.js';
import { faultClasses } from '../refresh/fault-classes.js';
import { nextRefreshAt, plan } from '../refresh/plan.js';
import { planPost } from '../refresh/plan-post.js';
import { createAccountView } from './account-view.js';
import { createBudgetLine } from './budget-line.js';
import { draw } from './chance.js';
import { AHEAD, BEHIND, NONE, NO_PLACE, orNull, read, type Fleet } from './fleet.js';
import type { Scenario } from './scenario.js';
import { createSimulatedProvider } from './simulated-provider.js';
import type { Tally } from './tally.js';

export interface SimulatedGateway {
  /** The user consents and looks at once. */
  connect(account: number, now: number): void;
  use(account: number, now: number): void;
  /** `alarmAt` has come. */
  wake(account: number, now: number): void;
  /** Counts what is over by now and was not noticed. */
  close(account: number, now: number): void;
}

export interface SimulatedGatewayParts {
  readonly policy: RefreshPolicy;
  readonly scenario: Scenario;
  readonly fleet: Fleet;
  readonly tally: Tally;
}

const CHANCE_OF_PAUSE = 0x0badcafe;

export function createSimulatedGateway({ policy, scenario, fleet, tally }: SimulatedGatewayParts): SimulatedGateway {
  const { rules, seed, accounts, simulated } = scenario;
  const provider = createSimulatedProvider(scenario);
  const budget = createBudgetLine(policy.budgetPerSecond, accounts / simulated);
  const { tokensOf, activityOf, expiryOf, isOver, refreshEndOf, whyLost } = createAccountView(scenario, fleet);

  return {
    connect(account, now) {
      fleet.grantedAt[account] = now;
      take(account, now);
      tally.use();
      finishUse(account, now);
    },

    use(account, now) {
      tally.use();
      const planned = plan(policy, tokensOf(account), { ...activityOf(account), isUse: true }, now);
      switch (planned.do) {
        case 'nothing':
          // The provider's 401 says what the policy does not look at.
          if (isOver(account, now) && now >= read(fleet.retryAt, account)) sendWaitedFor(account, now, 'REFUSED');
          break;
        case 'refresh-behind':
          fleet.isUsed[account] = 1;
          sendBehind(account, now);
          break;
        case 'refresh-and-wait':
          sendWaitedFor(account, now, 'EXPIRED');
          break;
        case 'refresh-at':
          break;
        case 'ask-user':
          connectAgain(account, now);
          break;
        default:
          planned satisfies never;
      }
      finishUse(account, now);
    },

    wake(account, now) {
      const place = read(fleet.holdsPlace, account);
      if (place !== NO_PLACE) {
        send(account, now, 'EXPIRED');
        if (place === AHEAD) serve(account, now);
        return;
      }
      const planned = plan(policy, tokensOf(account), { ...activityOf(account), isUse: false }, now);
      if (planned.do === 'refresh-at' && planned.at <= now) sendBehind(account, now);
      else setAlarm(account, now);
    },

    close(account, now) {
      retireIfOver(account, now);
      if (now >= refreshEndOf(account) || read(fleet.isRefused, account) === 1) tally.lose(whyLost(account));
    },
  };

  function finishUse(account: number, now: number): void {
    fleet.lastActiveAt[account] = now;
    const place = read(fleet.holdsPlace, account);
    if (place !== AHEAD) serve(account, now);
    if (place === NO_PLACE) setAlarm(account, now);
  }

  function serve(account: number, now: number): void {
    if (isOver(account, now)) tally.failUse();
    else fleet.isUsed[account] = 1;
  }

  function setAlarm(account: number, now: number): void {
    fleet.holdsPlace[account] = NO_PLACE;
    fleet.alarmAt[account] = nextRefreshAt(policy, tokensOf(account), activityOf(account), now) ?? Infinity;
  }

  function sendWaitedFor(account: number, now: number, reason: 'EXPIRED' | 'REFUSED'): void {
    tally.wait();
    if (read(fleet.holdsPlace, account) === AHEAD) return; // all who wait are served by one
    const place = budget.ahead(now);
    if (place === null) return;
    if (place <= now) return send(account, now, reason);
    fleet.alarmAt[account] = place;
    fleet.holdsPlace[account] = AHEAD;
  }

  function sendBehind(account: number, now: number): void {
    if (read(fleet.holdsPlace, account) !== NO_PLACE) return;
    const place = budget.behind(now);
    if (place <= now) return send(account, now, 'EXPIRED');
    fleet.alarmAt[account] = place;
    fleet.holdsPlace[account] = BEHIND;
  }

  function send(account: number, now: number, reason: 'EXPIRED' | 'REFUSED'): void {
    const openTryAt = orNull(read(fleet.openTryAt, account));
    const expiresAt = expiryOf(account);
    const post = { rotation: rules.rotation, openSince: openTryAt, reason, expiresAt, now };
    if (openTryAt !== null && planPost(post) === 'hold-off') {
      fleet.retryAt[account] = expiresAt ?? NONE;
      return setAlarm(account, now);
    }
    tally.refresh(now);
    const n = read(fleet.sends, account) + 1;
    fleet.sends[account] = n;
    const answer = provider.answer({ account, n, now, endsAt: refreshEndOf(account), openTryAt });
    if (answer === 'granted') {
      retireIfOver(account, Infinity);
      take(account, now);
    } else {
      tally.failRefresh();
      if (answer === 'grant-is-over') fleet.isRefused[account] = 1;
      else pause(account, now, answer);
      if (answer === 'never-arrived' && openTryAt === null) fleet.openTryAt[account] = now;
    }
    setAlarm(account, now);
  }

  /** A new version of the tokens. */
  function take(account: number, now: number): void {
    fleet.version[account] = read(fleet.version, account) + 1;
    fleet.issuedAt[account] = now;
    fleet.isUsed[account] = 0;
    fleet.isRefused[account] = 0;
    fleet.backoff[account] = 0;
    fleet.retryAt[account] = NONE;
    fleet.openTryAt[account] = NONE;
    fleet.holdsPlace[account] = NO_PLACE;
  }

  function pause(account: number, now: number, answer: keyof typeof causes): void {
    const { backoff: range } = faultClasses[causes[answer]];
    const previousMs = read(fleet.backoff, account) || null;
    const random = (): number => draw(seed ^ CHANCE_OF_PAUSE, account, read(fleet.sends, account));
    const backoff = range === null ? 0 : nextBackoff({ range, previousMs, retryAfterSeconds: null, random });
    fleet.backoff[account] = backoff;
    fleet.retryAt[account] = now + backoff;
  }

  /** Counts the access token that stands, if it is over at that moment and a refresh had brought it. */
  function retireIfOver(account: number, at: number): void {
    const isFromRefresh = read(fleet.issuedAt, account) > read(fleet.grantedAt, account);
    if (isFromRefresh && isOver(account, at)) tally.retire({ isUsed: read(fleet.isUsed, account) === 1 });
  }

  function connectAgain(account: number, now: number): void {
    tally.lose(whyLost(account));
    tally.reconnect();
    retireIfOver(account, Infinity);
    fleet.grantedAt[account] = now;
    take(account, now);
  }
}

const causes = {
  'too-many-requests': 'RATE_LIMITED',
  unavailable: 'OUTAGE',
  'never-arrived': 'NO_ANSWER',
} as const;
