/** Renews the access token of one account: take the turn, post, judge, write. Called by fresh-token.ts.
 *  In this process an account has one refresh at a time, and all who wait share its end; turns.ts sees to the others.
 *  Must never run on a caller's connection or signal (a caller who goes away must not lose the only living refresh
 *  token), nor post a refresh token again whose answer is in the vault. */
import type { AccountForUse, AccountKey } from '../accounts/account-facts.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { Clock } from '../clock.js';
import { fail } from '../errors.js';
import { failedBefore, type RefreshGrant, type RefreshOutcome } from '../oauth/refresh-grant.js';
import type { Revocation } from '../oauth/revocation.js';
import type { Logger } from '../observe/logger.js';
import { noMetrics, type Metrics } from '../observe/measures.js';
import type { Catalogue, Provider } from '../providers/provider.js';
import type { Secret } from '../secret.js';
import { noJournal, type Journal } from '../vault/journal.js';
import { isOpenIntent } from '../vault/refresh-intent-store.js';
import type { TokenStore } from '../vault/token-store.js';
import { createAnswerJournal } from './answer-journal.js';
import { createHeldAnswers } from './held-answers.js';
import { problemOf } from './fault-classes.js';
import { judgeOutcome, type Reported, type Stored, type Verdict } from './outcome.js';
import { createMayTry, failFor } from './may-try.js';
import { alarmedOf, noAlarms, type Alarmed, type RefreshAlarms } from './refresh-alarms.js';
import type { RefreshReason } from './refresh-reason.js';
import { renewedLater, renewedOf, type Renewed } from './renewed.js';
import { renewValues } from './renew-values.js';
import { createRecoverAnswers } from './recover-answers.js';
import type { Post, Sent, Written } from './sent.js';
import { createSingleFlight } from './single-flight.js';
import { openGate, type ProviderGate } from './provider-gate.js';
import type { HealthPass } from './provider-health.js';
import { isTooEarly } from './too-early.js';
import { createTurns, type TurnParts } from './turns.js';
import type { UsableToken } from './usable-token.js';
import { createOutcomeWriter, type OutcomeWriterParts } from './write-outcome.js';

interface RenewRequest extends AccountKey {
  readonly providerId: string;
  /** The version that will not do any more; a newer one in the vault is the answer, without a post. */
  readonly spentVersion: number;
  readonly reason: RefreshReason;
  /** What was read of the account a moment ago, for no other flight; without it, it is read again. The turn is taken on what
   *  it says, so what has moved since is found out before anything is sent. */
  readonly seen?: AccountForUse;
}

export interface RefreshAccount {
  /** A token newer than `spentVersion`. Throws NOT_CONNECTED when the account is gone, REAUTHORIZATION_REQUIRED,
   *  PROVIDER_RATE_LIMITED, PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED, each naming the account, and
   *  DATABASE_UNAVAILABLE when a refresh cannot be noted in database and journal (then none is sent) or its answer is not written yet. */
  renew(request: RenewRequest): Promise<UsableToken>;
  /** The same where nobody wants the token, which then is neither read nor opened. */
  renewBehind(request: RenewRequest): Promise<Alarmed>;
  /** Before the first renew(): writes what the journal has of refreshes that died with their process. Never rejects. */
  recover(): Promise<void>;
  /** Resolves when the refreshes that run have ended and what they brought is written; for shutdown. An answer that could
   *  not be written in some seconds is told to the log as left in the journal, or as lost. */
  settled(): Promise<void>;
}

export interface RefreshAccountParts extends OutcomeWriterParts, Omit<TurnParts, 'answers'> {
  readonly accounts: OutcomeWriterParts['accounts'] & Pick<AccountStore, 'findForUse'>;
  readonly tokens: OutcomeWriterParts['tokens'] & Pick<TokenStore, 'open' | 'openRefreshToken'>;
  readonly intents: OutcomeWriterParts['intents'] & TurnParts['intents'];
  readonly catalogue: Catalogue;
  readonly refreshGrant: RefreshGrant;
  readonly revocation: Pick<Revocation, 'revokePair'>;
  /** Where answers outlive the process. */
  readonly journal?: Journal;
  /** Set after each commit that changes when an account is due. */
  readonly alarms?: Pick<RefreshAlarms, 'set'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Pick<Metrics, 'refreshEnded' | 'revocationEnded'>;
  /** What the provider as a whole has against a refresh. */
  readonly gate?: ProviderGate;
  /** 0 up to 1, for the jitter of pauses. */
  readonly random?: () => number;
}

/** Some kilobytes each. */
const MAX_HELD = 10_000;

/** What the provider granted, on its way into the vault. */
interface Granted extends Sent {
  readonly post: Post;
  readonly outcome: Stored;
}

export function createRefreshAccount(parts: RefreshAccountParts): RefreshAccount {
  const { accounts, tokens, catalogue, refreshGrant, revocation, clock, log, metrics = noMetrics } = parts;
  const { journal = noJournal, alarms = noAlarms, random = Math.random, gate = openGate } = parts;
  const flights = createSingleFlight<Renewed>();
  const assertMayTry = createMayTry(parts);
  const outcomes = createOutcomeWriter(parts);
  const answers = createAnswerJournal({ journal, log });
  const turns = createTurns({ ...parts, answers });
  const held = createHeldAnswers<Granted>({
    write: (granted) => outcomes.store(granted, granted.outcome, granted.post),
    written: finish,
    isKept: answers.isKept,
    clock,
    log,
    maxHeld: MAX_HELD,
  });
  const recovery = createRecoverAnswers({
    journal,
    catalogue,
    find: async (key) => (await accounts.findForUse(key))[0],
    conclude: (sent, outcome) => conclude(sent, { outcome, post: { reason: 'RECOVERED', tookMs: null } }),
    giveTurnAway: (intent) => outcomes.leaveOpen(intent),
    revocation,
    clock,
    log,
  });

  return {
    async renew(request) {
      const renewed = await fly(request);
      return renewed.token();
    },
    async renewBehind(request) {
      const { alarmed } = await fly(request);
      return alarmed;
    },
    async recover() {
      await gate.resume();
      await recovery.recover();
    },
    async settled() {
      recovery.end();
      await flights.settled();
      await held.settled();
      await gate.settled();
    },
  };

  function fly(request: RenewRequest): Promise<Renewed> {
    gate.joined(request.accountId, request.reason);
    return flights.run(request.accountId, () => renewOnce(request));
  }

  async function renewOnce(request: RenewRequest): Promise<Renewed> {
    // Read again inside the flight: the version that the caller saw may have been spent meanwhile.
    const seen = request.seen ?? (await findOrFail(request));
    if (seen.tokens.version !== request.spentVersion) return renewedOf(seen, toUsable);
    recovery.assertNoneWaits(seen.account);
    await held.makeRoom(seen.account);
    assertMayTry(seen, request.reason);
    const refreshToken = await tokens.openRefreshToken(seen.tokens);
    if (refreshToken === null) return giveUp(seen, request);
    const pass = await gate.pass(seen.account, request.reason);
    try {
      return await takeTurn(seen, { ...request, refreshToken, pass });
    } finally {
      pass.end();
    }
  }

  async function takeTurn(seen: AccountForUse, request: ReadyRequest): Promise<Renewed> {
    const turn = await turns.take(seen, {
      find: () => findOrFail(request),
      assertMayTry: (current) => assertMayTry(current, request.reason),
    });
    switch (turn.kind) {
      case 'moved':
        return renewedOf(turn.current, toUsable);
      case 'failed':
        return share(turn.current);
      case 'mine':
        return send({ ...turn.current, intent: turn.intent }, request);
      default:
        return turn satisfies never;
    }
  }

  async function send(sent: Sent, request: ReadyRequest): Promise<Renewed> {
    const posted = await post(sent, request);
    const isEarlierTryOpen = isOpenIntent(sent.tokens);
    return conclude(sent, { ...posted, ...request.pass.tell(posted.outcome, { isEarlierTryOpen }) });
  }

  async function conclude(sent: Sent, { outcome, post: posted, areRefusalsHeld = false }: Concluded): Promise<Renewed> {
    const verdict = judge(outcome, sent, areRefusalsHeld);
    if (verdict.do === 'report') return settleAfter(sent, tell(sent, verdict, posted));
    if (await broughtNothing(sent, verdict, posted)) return settleAfter(sent, postpone(sent, verdict, posted));
    const providerValues = renewValues(sent.account, verdict.facts.providerValues, parts);
    const facts = { ...verdict.facts, providerValues, isFor401: posted.reason === 'REFUSED' };
    const granted = { ...sent, post: posted, outcome: { ...verdict, facts } };
    return finish(granted, await held.keep(granted));
  }

  function judge(outcome: RefreshOutcome, { account, tokens: row }: AccountForUse, areRefusalsHeld: boolean): Verdict {
    const known = { ...account, isEarlierTryOpen: isOpenIntent(row), areRefusalsHeld };
    return judgeOutcome(outcome, known, random);
  }

  async function broughtNothing({ account, tokens: row }: Sent, { pair }: Stored, { reason }: Post): Promise<boolean> {
    const { refreshPolicy } = catalogue.get(account.providerId);
    if (!refreshPolicy.sameTokenMeansTooEarly || reason === 'RECOVERED') return false;
    return isTooEarly(await tokens.open(row), pair);
  }

  async function postpone(sent: Sent, outcome: Stored, posted: Post): Promise<Renewed> {
    await outcomes.postpone(sent, outcome, posted);
    const current = await findOrFail(keyOf(sent));
    alarms.set(alarmedOf(current.account));
    return renewedOf(current, toUsable);
  }

  /** Without a refresh token only the user can help. Only a token that is over by its own date is proof of that: a 401
   *  may be the provider's bad day. */
  async function giveUp(current: AccountForUse, { reason }: RenewRequest): Promise<Renewed> {
    const verdict = judge(NO_REFRESH_TOKEN, current, false);
    if (reason === 'EXPIRED' && verdict.do === 'report')
      return tell({ ...current, intent: null }, verdict, { reason, tookMs: null });
    const why = `The provider "${current.account.providerId}" gave no refresh token, so its tokens cannot be renewed.`;
    return failFor(current.account, 'REAUTHORIZATION_REQUIRED', { why, detail: NO_REFRESH_TOKEN.why });
  }

  async function post(sent: Sent, { reason, refreshToken }: ReadyRequest): Promise<Concluded> {
    const { account, intent } = sent;
    const startedAt = clock.monotonic();
    const outcome = await ask(sent, refreshToken).catch(async (error: unknown) => {
      await answers.giveUp(sent);
      await outcomes.leaveOpen(intent); // a fault of ours, which leaves nothing known
      throw error;
    });
    const tookMs = Math.round(clock.monotonic() - startedAt);
    const facts = { accountId: account.id, provider: account.providerId, reason, tookMs };
    metrics.refreshEnded({
      provider: account.providerId,
      outcome: outcome.kind === 'granted' ? 'GRANTED' : outcome.code,
      tookMs,
    });
    if (outcome.kind === 'granted') log.info({ event: 'refresh.granted', ...facts });
    else log.warn({ event: 'refresh.failed', ...facts, code: outcome.code, spent: outcome.spent, why: outcome.why });
    return { outcome, post: { reason, tookMs } };
  }

  async function ask(sent: Sent, refreshToken: Secret): Promise<RefreshOutcome> {
    let provider: Provider;
    try {
      provider = catalogue.forAccount(sent.account);
    } catch (error) {
      return failedBefore(error);
    }
    return refreshGrant.refresh({ provider, refreshToken, scopes: null, keepRaw: (raw) => answers.keep(sent, raw) });
  }

  async function finish(granted: Granted, written: Written | null): Promise<Renewed> {
    if (written === null) return settleAfter(granted, letGo(granted, granted.outcome));
    await answers.settle(granted);
    const alarmed = { ...alarmedOf(granted.account), nextRefreshAt: written.nextRefreshAt };
    alarms.set(alarmed);
    return renewedLater(alarmed, async () => toUsable(await findOrFail(keyOf(granted))));
  }

  /** However it ended, the answer is of no more use. */
  async function settleAfter<T>(sent: Sent, end: Promise<T>): Promise<T> {
    try {
      return await end;
    } finally {
      await answers.settle(sent);
    }
  }

  /** Somebody came first. After a new consent its tokens are the answer, and ours go unused: to revoke them could end
   *  the new grant too. After a disconnect nothing may live on at the provider. */
  async function letGo(sent: AccountForUse, { pair }: Stored): Promise<Renewed> {
    const [winner] = await accounts.findForUse(keyOf(sent));
    if (winner) return renewedOf(winner, toUsable);
    const { id: accountId, providerId, externalId } = sent.account;
    const provider = catalogue.forAccount(sent.account);
    const result = await revocation.revokePair({ provider, externalId, ...pair });
    metrics.revocationEnded({ provider: providerId, outcome: result === 'FAILED' ? 'FAILED_WILL_RETRY' : result });
    log.info({ event: 'refresh.revoked_after_disconnect', accountId, provider: providerId, result });
    return fail('NOT_CONNECTED', { provider: providerId, accountId });
  }

  async function tell(
    sent: AccountForUse & { intent: Sent['intent'] | null },
    { failure, end, problem }: Reported,
    posted: Post,
  ): Promise<Renewed> {
    const isTheirs = await outcomes.report(sent, { failure, end }, posted);
    const now = await findOrFail(keyOf(sent));
    if (!isTheirs) return renewedOf(now, toUsable);
    alarms.set(alarmedOf(now.account));
    return failFor(sent.account, problem, { waitMs: failure.backoffMs ?? 0, detail: `refresh: ${failure.code}` });
  }

  async function findOrFail({ userId, providerId, accountId }: ReturnType<typeof keyOf>): Promise<AccountForUse> {
    const [current] = await accounts.findForUse({ userId, providerId, accountId });
    return current ?? fail('NOT_CONNECTED', { provider: providerId, accountId });
  }

  async function toUsable({ account, tokens: row }: AccountForUse): Promise<UsableToken> {
    const { accessToken, refreshToken, version } = await tokens.open(row);
    return { account, version, accessToken, refreshToken };
  }
}

interface ReadyRequest extends RenewRequest {
  readonly refreshToken: Secret;
  readonly pass: HealthPass;
}

interface Concluded {
  readonly outcome: RefreshOutcome;
  readonly post: Post;
  readonly areRefusalsHeld?: boolean;
}

const NO_REFRESH_TOKEN = {
  kind: 'failed',
  code: 'INVALID_GRANT',
  cause: 'GRANT_REFUSED',
  retryAfterSeconds: null,
  spent: 'no',
  why: 'there is no refresh token',
} as const satisfies RefreshOutcome;

function keyOf({ account }: AccountForUse): AccountKey & { readonly providerId: string } {
  return { userId: account.userId, providerId: account.providerId, accountId: account.id };
}

/** Another process tried: its failure is the answer here too, as for all who wait in this one. */
function share({ account }: AccountForUse): never {
  if (account.status === 'NEEDS_REAUTHORIZATION') return failFor(account, 'REAUTHORIZATION_REQUIRED');
  const problem = account.lastError ? problemOf[account.lastError.code] : 'PROVIDER_UNAVAILABLE';
  const waitMs = account.backoffMs ?? 0;
  return failFor(account, problem, { waitMs, detail: 'another process tried and failed' });
}
