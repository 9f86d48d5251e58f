import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { newId } from '../../src/database/new-id.js';
import type { Reported, Stored } from '../../src/refresh/outcome.js';
import { LEASES } from '../../src/refresh/turns.js';
import type { Sent } from '../../src/refresh/sent.js';
import { createOutcomeWriter, type OutcomeWriter } from '../../src/refresh/write-outcome.js';
import { Secret } from '../../src/secret.js';
import { createRefreshIntentStore, isOpenIntent, isUnderWay } from '../../src/vault/refresh-intent-store.js';
import { storedEvents } from '../support/stored-events.js';
import { openRefreshStage, type RefreshStage } from './refresh-stage.js';

let stage: RefreshStage;
let account: ConnectedAccount;
let outcomes: OutcomeWriter;
let sent: Sent;

beforeEach(async () => {
  stage = await openRefreshStage();
  account = await stage.connect();
  outcomes = createOutcomeWriter({ ...stage, intents: createRefreshIntentStore(stage) });
  sent = await take();
});
afterEach(() => stage.close());

const granted: Stored = {
  do: 'store',
  pair: { accessToken: Secret.of('at-2'), refreshToken: Secret.of('rt-2') },
  facts: { expiresAt: 1, refreshTokenExpiresAt: null, grantedScopes: null },
};
const failed = (end: Reported['end']) =>
  ({ failure: { code: 'PROVIDER_ERROR', status: 'KEEP', backoffMs: 1_000 }, end }) as const;
const post = { reason: 'EXPIRED', tookMs: 120 } as const;
const row = async () => (await stage.tokens.read(account.id))!;

/** The account with the note that its refresh token is sent. */
async function take(): Promise<Sent> {
  const [current] = await stage.accounts.findForUse({ userId: 'anna', providerId: 'test', accountId: account.id });
  const { accountId, version } = current!.tokens;
  const attempt = newId('rfr', stage.clock);
  const isNoted = await createRefreshIntentStore(stage).note(current!.tokens, { attempt, leaseMs: LEASES.postMs });
  expect(isNoted).toBe(true);
  return { ...current!, intent: { accountId, version, attempt } };
}

it('an answer that is written twice, since the first COMMIT was not heard of, is written once', async () => {
  expect(await outcomes.store(sent, granted, post)).toMatchObject({ version: 2 });
  const written = await row();
  expect(await outcomes.store(sent, granted, post)).toMatchObject({ version: 2 });
  expect(await row()).toEqual(written);
});

it('is planned by what an admin, or a use, has changed since the account was read', async () => {
  const policyOverride = { mode: 'NEVER' } as const;
  await stage.database.write((transaction) =>
    stage.accounts.overridePolicy(transaction, { accountId: account.id, policyOverride, nextRefreshAt: null }),
  );
  expect(await outcomes.store(sent, granted, post)).toEqual({ version: 2, nextRefreshAt: null });
  expect(await stage.look(account)).toMatchObject({ policyOverride, nextRefreshAt: null, expiresAt: 1 });
});

it('an answer for tokens that a new consent has replaced is not written, and not taken for its own', async () => {
  await stage.reconnect(account);
  const before = await row();
  expect(await outcomes.store(sent, granted, post)).toBeNull();
  expect(await row()).toEqual(before);
});

it('the answer of a try that lasted too long is still taken, as long as nobody has moved the tokens', async () => {
  await stage.database.write((transaction) =>
    transaction.query('UPDATE token_set SET intent_at = intent_at - 3600000'),
  );
  await take(); // by somebody else
  expect(await outcomes.store(sent, granted, post)).toMatchObject({ version: 2 });
});

it('a failure ends the try: settled without a trace, or open for whoever comes next', async () => {
  expect(await outcomes.report(sent, failed('SETTLED'), post)).toBe(true);
  expect(isOpenIntent(await row())).toBe(false);
  expect(await outcomes.report(await take(), failed('OPEN'), post)).toBe(true);
  expect([isOpenIntent(await row()), isUnderWay(await row())]).toEqual([true, false]);
  expect(await stage.look(account)).toMatchObject({ consecutiveFailures: 2, lastError: { code: 'PROVIDER_ERROR' } });
});

it('a failure of a try that lasted too long is the account’s, and does not end the try of another', async () => {
  await stage.database.write((transaction) =>
    transaction.query('UPDATE token_set SET intent_at = intent_at - 3600000'),
  );
  const { intent } = await take();
  expect(await outcomes.report(sent, failed('SETTLED'), post)).toBe(true);
  expect(await row()).toMatchObject({ intentAttempt: intent.attempt, intentVersion: 1 });
});

it('a failure of tokens that were replaced or removed meanwhile is nobody’s', async () => {
  await stage.reconnect(account);
  expect(await outcomes.report(sent, failed('OPEN'), post)).toBe(false);
  expect(await stage.look(account)).toMatchObject({ lastError: null, consecutiveFailures: 0 });
  await stage.disconnect(account);
  expect(await outcomes.report(sent, failed('OPEN'), post)).toBe(false);
});

it('each end is a line of the history, with why it was sent, how long it took and which version was spent', async () => {
  await outcomes.report(sent, failed('SETTLED'), post);
  stage.clock.advance(1);
  await outcomes.store(await take(), granted, { reason: 'RECOVERED', tookMs: null });
  expect(await history()).toMatchObject([
    { outcome: 'GRANTED', reason: 'RECOVERED', tookMs: null, version: 1 },
    { outcome: 'PROVIDER_ERROR', reason: 'EXPIRED', tookMs: 120, version: 1 },
  ]);
});

it('an answer that is written twice has one line; one that is let go says so, unless the account is gone', async () => {
  await outcomes.store(sent, granted, post);
  await outcomes.store(sent, granted, post);
  expect(await history()).toMatchObject([{ outcome: 'GRANTED' }]);
  const late = await take();
  await stage.reconnect(account);
  stage.clock.advance(1);
  await outcomes.store(late, granted, post);
  expect(await history()).toMatchObject([{ outcome: 'LET_GO', version: 2 }, { outcome: 'GRANTED' }]);
  await stage.disconnect(account);
  await outcomes.store(late, granted, post);
  expect(await history()).toEqual([]);
});

it('an outcome that cannot be written leaves no line', async () => {
  const mend = await stage.refuseUpdates('connected_account');
  await expect(outcomes.store(sent, granted, post)).rejects.toThrow();
  await mend();
  expect(await history()).toEqual([]);
  expect(await row()).toMatchObject({ version: 1 });
});

it('the app is told of a refresh, of a failure that needs its user once, and of what works again', async () => {
  const theEnd = { code: 'INVALID_GRANT', status: 'NEEDS_REAUTHORIZATION' } as const;
  const dead = { ...failed('SETTLED'), failure: { ...failed('SETTLED').failure, ...theEnd } };
  await outcomes.store(sent, granted, post);
  await outcomes.report(await take(), failed('SETTLED'), post);
  await outcomes.store(await take(), granted, post);
  await outcomes.report(await take(), dead, post);
  await outcomes.report(await take(), dead, post);
  await outcomes.store(await take(), granted, post);
  const owner = { accountId: account.id, userId: 'anna', providerId: 'test' };
  expect(await storedEvents(stage.database)).toMatchObject([
    { ...owner, type: 'REFRESHED' },
    { ...owner, type: 'RECOVERED', facts: { by: 'REFRESH' } },
    { ...owner, type: 'NEEDS_REAUTHORIZATION', facts: { code: 'INVALID_GRANT' } },
    { ...owner, type: 'RECOVERED', facts: { by: 'REFRESH' } },
  ]);
});

it('an answer that is written twice, or let go, tells the app once, or of nothing', async () => {
  await outcomes.store(sent, granted, post);
  await outcomes.store(sent, granted, post);
  const late = await take();
  await stage.reconnect(account);
  await outcomes.store(late, granted, post);
  expect(await storedEvents(stage.database)).toMatchObject([{ type: 'REFRESHED' }]);
});

async function history() {
  const page = await stage.history.page({ accountId: account.id, first: 100, after: null });
  return page.edges.map(({ node }) => node);
}
