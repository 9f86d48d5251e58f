/** What is known of each provider's health, from what comes of refreshes there: one breaker a provider and process, whose
 *  findings are incidents (incidents.ts). Called by refresh-account.ts around each post. Failures over many accounts with
 *  one cause are then one fault, told to the operator, and of their users nobody is asked for anything.
 *  Instances share the incident's row and the pauses on the accounts' rows; a breaker is each process's own, since one may
 *  reach a provider that another does not. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Clock } from '../clock.js';
import type { CodeGrant } from '../oauth/code-grant.js';
import type { RefreshOutcome } from '../oauth/refresh-grant.js';
import { noMetrics, type Metrics } from '../observe/measures.js';
import { createBreaker, type Breaker, type Changes, type Obstacle } from './breaker.js';
import { faultClasses } from './fault-classes.js';
import { incidentSentence } from './incident-sentence.js';
import type { Incidents } from './incidents.js';
import { failFor } from './may-try.js';
import type { IncidentCause } from './provider-incident.entity.js';

export interface ProviderHealth {
  /** Throws PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED or PROVIDER_RATE_LIMITED, with the seconds until the next try,
   *  where nothing may be sent now. */
  assertOpen(account: ConnectedAccount): void;
  /** Whether it would throw. */
  isShut(providerId: string): boolean;
  /** The same as assertOpen, and takes the right to send one refresh. */
  enter(account: ConnectedAccount): HealthPass;
  /** A code was exchanged at this provider. */
  consented(providerId: string): void;
  /** Takes up the incidents that were open when the last process ended: what it sends first is one try. Never rejects. */
  resume(): Promise<void>;
  settled(): Promise<void>;
}

export interface HealthPass {
  /** Counts what came of it; answers whether a refusal of the grant is put down to the provider. */
  tell(outcome: RefreshOutcome, sent: { readonly isEarlierTryOpen: boolean }): { readonly areRefusalsHeld: boolean };
  /** However it ended, also when nothing was sent. */
  end(): void;
}

/** Consents tell of a provider's health too. */
export function noteConsents(codeGrant: CodeGrant, health: Pick<ProviderHealth, 'consented'>): CodeGrant {
  return {
    ...codeGrant,
    async exchange(exchange) {
      const answer = await codeGrant.exchange(exchange);
      health.consented(exchange.provider.id);
      return answer;
    },
  };
}

export interface ProviderHealthParts {
  readonly incidents: Incidents;
  readonly clock: Clock;
  /** 0 up to 1, for the jitter of pauses. */
  readonly random: () => number;
  readonly metrics?: Pick<Metrics, 'breakerMoved'>;
}

export function createProviderHealth(parts: ProviderHealthParts): ProviderHealth {
  const { incidents, clock, random, metrics = noMetrics } = parts;
  const breakers = new Map<string, Breaker>();

  return {
    assertOpen(account) {
      const obstacle = breakerOf(account.providerId).obstacle();
      if (obstacle) failForObstacle(account, obstacle);
    },

    isShut: (providerId) => breakerOf(providerId).obstacle() !== null,

    enter(account) {
      const { id: accountId, providerId } = account;
      const breaker = breakerOf(providerId);
      const passage = breaker.enter();
      if (passage.kind === 'obstacle') return failForObstacle(account, passage);
      return {
        tell(outcome, { isEarlierTryOpen: isExplained }) {
          const at = { accountId, isProbe: passage.isProbe, isExplained };
          if (outcome.kind === 'granted') worked(providerId);
          else note(providerId, breaker.failed({ ...failureOf(outcome), ...at }));
          return { areRefusalsHeld: breaker.areRefusalsHeld() };
        },
        end: () => passage.end(),
      };
    },

    consented: worked,

    async resume() {
      for (const { providerId, cause, openedAt } of await incidents.openOnes()) {
        breakerOf(providerId).resume(cause, Math.max(clock.now() - openedAt, 0));
        metrics.breakerMoved({ provider: providerId, isOpen: true });
      }
    },

    settled: () => incidents.settled(),
  };

  function breakerOf(providerId: string): Breaker {
    const breaker = breakers.get(providerId) ?? createBreaker({ clock, random });
    breakers.set(providerId, breaker);
    return breaker;
  }

  function worked(providerId: string): void {
    note(providerId, breakerOf(providerId).worked());
    incidents.worked(providerId);
  }

  function note(providerId: string, { closed, opened, seen }: Changes): void {
    if (closed) incidents.closed(providerId, closed);
    if (seen) incidents.seen(providerId, seen.cause, seen.accountIds);
    // Those that were marked before there was a doubt, and those whose mark was being written when it arose.
    if (seen?.cause === 'GRANTS_REFUSED') incidents.reinstate(providerId);
    if (opened) metrics.breakerMoved({ provider: providerId, isOpen: true });
    else if (closed) metrics.breakerMoved({ provider: providerId, isOpen: false });
  }
}

function failureOf({ cause, retryAfterSeconds }: Extract<RefreshOutcome, { kind: 'failed' }>) {
  return { cause: faultClasses[cause].incident, retryAfterSeconds };
}

const problems = {
  CLIENT_REFUSED: 'PROVIDER_MISCONFIGURED',
  AUTHORIZE_URL_CALLED: 'PROVIDER_MISCONFIGURED',
  WRONG_ENDPOINT: 'PROVIDER_MISCONFIGURED',
  REQUESTS_REFUSED: 'PROVIDER_UNAVAILABLE',
  GRANTS_REFUSED: 'PROVIDER_UNAVAILABLE',
  RATE_LIMITED: 'PROVIDER_RATE_LIMITED',
  OUTAGE: 'PROVIDER_UNAVAILABLE',
} as const satisfies Record<IncidentCause, string>;

function failForObstacle(account: ConnectedAccount, { cause, waitMs }: Obstacle): never {
  const detail = `not tried: ${incidentSentence(cause, account.providerId)}`;
  return failFor(account, problems[cause], { waitMs, detail });
}
