/** Renews the access token of one account: open, post, judge, write. Called by fresh-token.ts.
 *  In this process an account has one refresh at a time, and all who wait share its end.
 *  Must never run on a caller's connection or signal (a caller who goes away must not lose the only living refresh
 *  token), nor post a refresh token again whose answer is in the vault. */
import type { AccountForUse, AccountKey } from '../accounts/account-facts.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { Clock } from '../clock.js';
import { fail, type ProblemCode } from '../errors.js';
import type { RefreshGrant, RefreshOutcome } from '../oauth/refresh-grant.js';
import type { Revocation } from '../oauth/revocation.js';
import type { Logger } from '../observe/logger.js';
import { noMetrics, type Metrics } from '../observe/measures.js';
import type { Catalogue } from '../providers/provider.js';
import type { Secret } from '../secret.js';
import type { TokenStore } from '../vault/token-store.js';
import { judgeOutcome, type Reported, type Stored } from './outcome.js';
import { createSingleFlight } from './single-flight.js';
import type { UsableToken } from './usable-token.js';
import { createWaits } from './waits.js';
import { createOutcomeWriter, type OutcomeWriterParts } from './write-outcome.js';

interface RenewRequest extends AccountKey {
  readonly providerId: string;
  /** The version that will not do any more; a newer one in the vault is the answer, without a post. */
  readonly spentVersion: number;
  /** EXPIRED: it is over. REFUSED: the provider answered 401 to it. ASKED: a person wants it. */
  readonly reason: 'EXPIRED' | 'REFUSED' | 'ASKED';
}

export interface RefreshAccount {
  /** A token newer than `spentVersion`. Throws NOT_CONNECTED when the account is gone, REAUTHORIZATION_REQUIRED,
   *  PROVIDER_RATE_LIMITED, PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED, each naming the account. */
  renew(request: RenewRequest): Promise<UsableToken>;
  /** Resolves when the refreshes that run have ended; for shutdown. */
  settled(): Promise<void>;
}

export interface RefreshAccountParts extends OutcomeWriterParts {
  readonly accounts: OutcomeWriterParts['accounts'] & Pick<AccountStore, 'findForUse'>;
  readonly tokens: OutcomeWriterParts['tokens'] & Pick<TokenStore, 'open'>;
  readonly catalogue: Catalogue;
  readonly refreshGrant: RefreshGrant;
  readonly revocation: Pick<Revocation, 'revokePair'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Pick<Metrics, 'refreshEnded' | 'revocationEnded'>;
}

/** A token that was renewed for a 401 and meets a 401 itself is not renewed again for this long: what the provider
 *  dislikes is then not the token. */
const REFUSED_AGAIN_MS = 5 * 60_000;
const MAX_WAITS = 10_000;

export function createRefreshAccount(parts: RefreshAccountParts): RefreshAccount {
  const { accounts, tokens, catalogue, refreshGrant, revocation, clock, log, metrics = noMetrics } = parts;
  const flights = createSingleFlight<UsableToken>();
  const waits = createWaits({ clock, maxEntries: MAX_WAITS });
  const outcomes = createOutcomeWriter(parts);

  return {
    renew: (request) => flights.run(request.accountId, () => renewOnce(request)),
    settled: () => flights.settled(),
  };

  async function renewOnce(request: RenewRequest): Promise<UsableToken> {
    // Read again inside the flight: the version that the caller saw may have been spent meanwhile.
    const current = await findOrFail(request);
    if (current.tokens.version !== request.spentVersion) return toUsable(current);
    assertMayTry(current, request);
    const { refreshToken } = await tokens.open(current.tokens);
    if (refreshToken === null) return giveUp(current, request);
    const outcome = await post(current, { ...request, refreshToken });
    const verdict = judgeOutcome(outcome, current.account);
    return verdict.do === 'store' ? keep(current, request, verdict) : tell(current, verdict);
  }

  function assertMayTry({ account, tokens: row }: AccountForUse, { reason }: RenewRequest): void {
    if (account.status === 'NEEDS_REAUTHORIZATION') failFor(account, 'REAUTHORIZATION_REQUIRED');
    const waitMs = waits.remainingMs(account.id);
    if (waitMs > 0)
      failFor(account, 'PROVIDER_RATE_LIMITED', { waitMs, detail: 'not tried: the provider said to wait' });
    if (reason === 'REFUSED' && waits.remainingMs(refusalOf(account.id, row.version)) > 0) {
      failFor(account, 'PROVIDER_UNAVAILABLE', { detail: 'a token that was renewed for a 401 was refused too' });
    }
  }

  /** Without a refresh token only the user can help. Only a token that is over by its own date is proof of that: a 401
   *  may be the provider's bad day. */
  async function giveUp(current: AccountForUse, { reason }: RenewRequest): Promise<UsableToken> {
    const verdict = judgeOutcome(NO_REFRESH_TOKEN, current.account);
    if (reason === 'EXPIRED' && verdict.do === 'report') return tell(current, verdict);
    return failFor(current.account, 'REAUTHORIZATION_REQUIRED', { detail: NO_REFRESH_TOKEN.why });
  }

  async function post(
    { account }: AccountForUse,
    { reason, refreshToken }: RenewRequest & { refreshToken: Secret },
  ): Promise<RefreshOutcome> {
    const startedAt = clock.monotonic();
    const provider = catalogue.get(account.providerId);
    const outcome = await refreshGrant.refresh({ provider, refreshToken, scopes: null });
    const tookMs = Math.round(clock.monotonic() - startedAt);
    const facts = { accountId: account.id, provider: provider.id, reason, tookMs };
    metrics.refreshEnded({
      provider: provider.id,
      outcome: outcome.kind === 'granted' ? 'GRANTED' : outcome.code,
      tookMs,
    });
    if (outcome.kind === 'granted') log.info({ event: 'refresh.granted', ...facts });
    else log.warn({ event: 'refresh.failed', ...facts, code: outcome.code, spent: outcome.spent, why: outcome.why });
    return outcome;
  }

  async function keep(sent: AccountForUse, { reason }: RenewRequest, outcome: Stored): Promise<UsableToken> {
    const version = await outcomes.store(sent, outcome);
    if (version === null) return letGo(sent, outcome);
    if (reason === 'REFUSED') waits.start(refusalOf(sent.account.id, version), REFUSED_AGAIN_MS);
    return toUsable(await findOrFail(keyOf(sent)));
  }

  /** Somebody came first. After a new consent its tokens are the answer, and ours go unused: to revoke them could end
   *  the new grant too. After a disconnect nothing may live on at the provider. */
  async function letGo(sent: AccountForUse, { pair }: Stored): Promise<UsableToken> {
    const [winner] = await accounts.findForUse(keyOf(sent));
    if (winner) return toUsable(winner);
    const { id: accountId, providerId, externalId } = sent.account;
    const result = await revocation.revokePair({ provider: catalogue.get(providerId), externalId, ...pair });
    metrics.revocationEnded({ provider: providerId, outcome: result === 'FAILED' ? 'FAILED_WILL_RETRY' : result });
    log.info({ event: 'refresh.revoked_after_disconnect', accountId, provider: providerId, result });
    return fail('NOT_CONNECTED', { provider: providerId, accountId });
  }

  async function tell(sent: AccountForUse, { failure, problem, waitMs }: Reported): Promise<UsableToken> {
    if (waitMs > 0) waits.start(sent.account.id, waitMs);
    const isTheirs = await outcomes.report(sent, failure);
    if (!isTheirs) return toUsable(await findOrFail(keyOf(sent)));
    return failFor(sent.account, problem, { waitMs, detail: `refresh: ${failure.code}` });
  }

  async function findOrFail({ userId, providerId, accountId }: ReturnType<typeof keyOf>): Promise<AccountForUse> {
    const [current] = await accounts.findForUse({ userId, providerId, accountId });
    return current ?? fail('NOT_CONNECTED', { provider: providerId, accountId });
  }

  async function toUsable({ account, tokens: row }: AccountForUse): Promise<UsableToken> {
    const { accessToken, version } = await tokens.open(row);
    return { account, version, accessToken };
  }
}

const NO_REFRESH_TOKEN = {
  kind: 'failed',
  code: 'INVALID_GRANT',
  retryAfterSeconds: null,
  spent: 'no',
  why: 'there is no refresh token',
} as const satisfies RefreshOutcome;

function keyOf({ account }: AccountForUse): AccountKey & { readonly providerId: string } {
  return { userId: account.userId, providerId: account.providerId, accountId: account.id };
}

function refusalOf(accountId: string, version: number): string {
  return `${accountId} ${version}`;
}

function failFor(
  account: AccountForUse['account'],
  problem: ProblemCode,
  { waitMs = 0, detail }: { waitMs?: number; detail?: string } = {},
): never {
  const retryAfter = waitMs > 0 ? { retryAfterSeconds: Math.ceil(waitMs / 1000) } : {};
  const facts = { provider: account.providerId, accountId: account.id, ...retryAfter };
  return fail(problem, facts, detail === undefined ? {} : { detail });
}
