/** Trades a refresh token for a new access token (RFC 6749 §6). Called by refresh/, which holds the account's only right
 *  to send; one post, never repeated here. What goes wrong is data and not an exception, because the caller decides by
 *  the provider's policy what may be sent again. */
import { refreshTokenGrantRequest, type AuthorizationServer } from 'oauth4webapi';
import type { RefreshErrorCode } from '../accounts/connected-account.js';
import type { Clock } from '../clock.js';
import { Fault } from '../errors.js';
import { noMetrics, type Metrics } from '../observe/measures.js';
import type { Outbound } from '../outbound/outbound.js';
import type { RawAnswer } from '../outbound/raw-answer.js';
import type { Provider } from '../providers/provider.js';
import type { Secret } from '../secret.js';
import type { ClientSecrets } from './client-secrets.js';
import { DISCOVERY_TIMEOUT_MS, type Discovery } from './discovery.js';
import { toTokenAnswer } from './read-token-answer.js';
import type { TokenAnswer } from './token-answer.js';
import { postToTokenEndpoint, readRawAnswer, TOKEN_TIMEOUT_MS, type TokenEndpointOutcome } from './token-endpoint.js';
import type { FailureCause, TokenFailure } from './token-failure.js';

/** The longest that one refresh may be on its way; a lease on an account must be longer. */
export const REFRESH_TIMEOUT_MS = DISCOVERY_TIMEOUT_MS + TOKEN_TIMEOUT_MS;

export type RefreshOutcome =
  /** `answer.refreshToken` is null when none came: the old one stays (RFC 6749 §6). `answer.subject` is always null: an
   *  ID Token that comes along says nothing that is used here. */
  | { readonly kind: 'granted'; readonly answer: TokenAnswer }
  | {
      readonly kind: 'failed';
      readonly code: RefreshErrorCode;
      readonly cause: FailureCause;
      readonly retryAfterSeconds: number | null;
      /** `no`: the refresh token was certainly not spent, so it is free to send again. `unknown`: only the provider's
       *  replay rule says whether it may be sent again. */
      readonly spent: 'no' | 'unknown';
      /** For the log, in our own words. */
      readonly why: string;
    };

export interface RefreshGrant {
  refresh(request: RefreshRequest): Promise<RefreshOutcome>;
}

export interface RefreshRequest {
  readonly provider: Provider;
  readonly refreshToken: Secret;
  /** Null (the usual) asks for the same scopes as were granted; a list asks for fewer. */
  readonly scopes: readonly string[] | null;
  /** Gets what the provider answered before it is read. Must not reject. */
  readonly keepRaw?: (raw: RawAnswer) => Promise<void>;
}

export interface RefreshGrantParts {
  outbound: Outbound;
  discovery: Discovery;
  clock: Clock;
  clientSecrets?: ClientSecrets;
  metrics?: Pick<Metrics, 'tokenRequestEnded'>;
}

export function createRefreshGrant({
  outbound,
  discovery,
  clock,
  clientSecrets,
  metrics = noMetrics,
}: RefreshGrantParts): RefreshGrant {
  return {
    async refresh({ provider, refreshToken, scopes, keepRaw }) {
      let metadata: AuthorizationServer;
      try {
        metadata = await discovery.metadata(provider);
      } catch (error) {
        return failedBefore(error);
      }
      const additionalParameters = {
        ...(scopes === null ? {} : { scope: scopes.join(provider.dialect.scopeSeparator) }),
        ...(provider.resource === null ? {} : { resource: provider.resource }), // RFC 8707 §2.2
      };
      const outcome = await postToTokenEndpoint({
        outbound,
        clientSecrets,
        clock,
        metrics,
        grant: 'refresh_token',
        provider,
        metadata,
        speech: 'refresh',
        keepRaw,
        request: (client, authentication, options) =>
          refreshTokenGrantRequest(metadata, client, authentication, refreshToken.expose(), {
            ...options,
            additionalParameters,
          }),
      });
      return toRefreshOutcome(outcome, provider);
    },
  };
}

/** What an answer means that was kept as it came. Pure. */
export function readRefreshAnswer(provider: Provider, raw: RawAnswer): RefreshOutcome {
  return toRefreshOutcome(readRawAnswer({ provider, speech: 'refresh' }, raw), provider);
}

function toRefreshOutcome(outcome: TokenEndpointOutcome, provider: Provider): RefreshOutcome {
  if (outcome.kind === 'failed') return toFailed(outcome.failure);
  const facts = { sentAt: outcome.sentAt, subject: null, provider, isConsent: false };
  return { kind: 'granted', answer: { ...toTokenAnswer(outcome.members, facts), subject: null } };
}

type RefreshFailed = Extract<RefreshOutcome, { kind: 'failed' }>;

function toFailed({ code, cause, retryAfterSeconds, spent, why }: TokenFailure): RefreshFailed {
  return { kind: 'failed', code, cause, retryAfterSeconds, spent, why };
}

/** Without the provider's endpoints nothing was sent. Throws what is no fault of the provider or its definition. */
export function failedBefore(error: unknown): RefreshFailed {
  if (!(error instanceof Fault)) throw error;
  const what =
    error.code === 'PROVIDER_MISCONFIGURED'
      ? ({ code: 'UNREADABLE_ANSWER', cause: 'WRONG_ENDPOINT' } as const)
      : ({ code: 'PROVIDER_ERROR', cause: 'OUTAGE' } as const);
  return {
    kind: 'failed',
    ...what,
    retryAfterSeconds: null,
    spent: 'no',
    why: error.detail ?? 'its addresses are not known',
  };
}
