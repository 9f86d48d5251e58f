/** What becomes of a refresh when the database, the provider's answer or the process goes away in the middle of it. The
 *  provider ends the grant when a refresh token is sent twice. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import type { RefreshGrant } from '../../src/oauth/refresh-grant.js';
import { isOpenIntent } from '../../src/vault/refresh-intent-store.js';
import { createGate } from '../support/gate.js';
import { watchReads } from '../support/test-database.js';
import { LIFETIME_MS, openRefreshStage, type RefreshStage } from './refresh-stage.js';

let stage: RefreshStage;
let account: ConnectedAccount;

beforeEach(async () => {
  stage = await openRefreshStage();
  account = await stage.connect();
  stage.clock.advance(LIFETIME_MS);
});
afterEach(() => stage.close());

const use = (process: Pick<RefreshStage, 'freshTokens'> = stage) =>
  process.freshTokens.use({ userId: 'anna', providerId: 'test', accountId: null });
const unavailable = { code: 'DATABASE_UNAVAILABLE' };

/** Ends when the provider has granted and the vault has refused the new tokens; the returned function mends the vault. */
async function refuseAnswer(): Promise<() => Promise<void>> {
  const { arrived, release } = stage.oidc.hold('token');
  const used = use();
  await arrived;
  const mend = await stage.refuseUpdates('token_set');
  release();
  await expect(used).rejects.toMatchObject(unavailable);
  return mend;
}

describe('a database that cannot be written', () => {
  it('sends nothing: the refresh token is as good afterwards as before', async () => {
    const mend = await stage.refuseUpdates('token_set');
    for (const _ of [1, 2]) await expect(use()).rejects.toMatchObject(unavailable);
    expect(stage.posts()).toBe(0);
    await mend();
    expect((await use()).version).toBe(2);
    expect(stage.posts()).toBe(1);
  });

  it('when the answer comes does not lose it: it is written by itself once it can be, and nothing is sent again', async () => {
    const mend = await refuseAnswer();
    await expect(use()).rejects.toMatchObject({ ...unavailable, facts: { accountId: account.id } });
    expect(await stage.version(account)).toBe(1);
    await mend();
    stage.clock.advance(2_000);
    await vi.waitFor(async () => expect(await stage.version(account)).toBe(2), { timeout: 30_000 });
    expect(await stage.look(account)).toMatchObject({ status: 'ACTIVE', lastError: null });
    expect((await use()).version).toBe(2);
    expect(stage.posts()).toBe(1);
    stage.clock.advance(LIFETIME_MS);
    expect((await use()).version).toBe(3); // by the refresh token that was held
  });

  it('when the answer comes gives it to the next caller who finds it well again', async () => {
    const mend = await refuseAnswer();
    await mend();
    expect((await use()).version).toBe(2);
    expect(stage.posts()).toBe(1);
    expect(stage.log.events()).toEqual(['refresh.granted', 'refresh.answer_held', 'refresh.answer_kept']);
  });

  it('for the account’s facts alone holds the tokens too: both are written, or neither', async () => {
    const mend = await stage.refuseUpdates('connected_account');
    await expect(use()).rejects.toMatchObject(unavailable);
    expect(await stage.version(account)).toBe(1);
    await mend();
    expect(await use()).toMatchObject({ version: 2, account: { expiresAt: stage.clock.now() + LIFETIME_MS } });
    expect(stage.posts()).toBe(1);
  });

  it('whose answer to COMMIT is lost has written: the tokens are the account’s, and nothing is sent again', async () => {
    const { arrived, release } = stage.oidc.hold('token');
    const used = use();
    await arrived;
    stage.loseNextCommit();
    release();
    await expect(used).rejects.toMatchObject(unavailable);
    expect((await use()).version).toBe(2);
    stage.clock.advance(LIFETIME_MS);
    expect((await use()).version).toBe(3);
    expect(stage.posts()).toBe(2);
    expect(stage.oidc.counts.revoke).toBe(0);
  });

  it('holds the answer for a disconnect too: what came for an account that is gone is revoked', async () => {
    const mend = await refuseAnswer();
    await mend();
    await stage.disconnect(account);
    stage.clock.advance(2_000);
    await vi.waitFor(() => expect(stage.oidc.counts.revoke).toBe(2), { timeout: 30_000 });
  });
});

describe('a process that ends', () => {
  it('writes what it holds first', async () => {
    const mend = await refuseAnswer();
    await mend();
    await stage.refreshAccount.settled();
    expect(await stage.version(account)).toBe(2);
    expect(stage.log.events()).not.toContain('refresh.answer_lost');
  });

  it('tries for three seconds, and then says loudly whose answer is lost', async () => {
    const mend = await refuseAnswer();
    const before = stage.clock.monotonic();
    await stage.passTimeUntil(stage.refreshAccount.settled());
    expect(stage.clock.monotonic() - before).toBeGreaterThanOrEqual(3_000);
    expect(stage.log.lines.at(-1)).toMatchObject({
      level: 'error',
      event: 'refresh.answer_lost',
      accountId: account.id,
      provider: 'test',
    });
    await mend();
  });
});

describe('a process that dies in the middle of a refresh', () => {
  /** Another process, killed when `grant` has come to its end. */
  async function die(grant: RefreshGrant['refresh']): Promise<void> {
    const died = createGate();
    const refresh: RefreshGrant['refresh'] = async (request) => {
      await grant(request);
      died.open();
      return new Promise(() => undefined);
    };
    void use(await stage.otherProcess({ refreshGrant: { refresh } }));
    await died.opened;
  }

  const seenByProvider: RefreshGrant['refresh'] = (request) => stage.refreshGrant.refresh(request);
  const neverSent: RefreshGrant['refresh'] = async () => ({
    kind: 'failed',
    cause: 'OUTAGE',
    code: 'PROVIDER_ERROR',
    retryAfterSeconds: null,
    spent: 'no',
    why: '',
  });

  const passLease = () =>
    stage.database.write((transaction) => transaction.query('UPDATE token_set SET intent_at = intent_at - 3600000'));

  it('and whose answer was lost with it is told as such, not as a grant that the provider ended', async () => {
    await die(seenByProvider);
    await passLease();
    await expect(use()).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
    expect(await stage.look(account)).toMatchObject({
      status: 'NEEDS_REAUTHORIZATION',
      lastError: { code: 'OUTCOME_UNKNOWN' },
    });
  });

  it('before anything was sent leaves an account that works, and no trace', async () => {
    await die(neverSent);
    expect(isOpenIntent((await stage.tokens.read(account.id))!)).toBe(true);
    await passLease();
    expect(await use()).toMatchObject({ version: 2, account: { lastError: null } });
    expect(isOpenIntent((await stage.tokens.read(account.id))!)).toBe(false);
    stage.oidc.revokeGrant('anna');
    stage.clock.advance(LIFETIME_MS);
    await expect(use()).rejects.toThrow();
    expect(await stage.look(account)).toMatchObject({ lastError: { code: 'INVALID_GRANT' } });
  });

  it('may still be at it until its time is over: nobody sends, and the caller is told when to come again', async () => {
    await die(neverSent);
    await expect(stage.passTimeUntil(use())).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      facts: { accountId: account.id, retryAfterSeconds: 40 },
    });
    expect(stage.posts()).toBe(0);
  });
});

describe('an answer that was lost on its way', () => {
  it('and is followed by an outage is still what a later refusal is put down to', async () => {
    stage.oidc.interfere('token', 'lose');
    await expect(use()).rejects.toThrow();
    stage.oidc.interfere('token', { status: 503 });
    stage.clock.advance(1_000);
    await expect(use()).rejects.toThrow();
    expect(await stage.look(account)).toMatchObject({ lastError: { code: 'PROVIDER_ERROR' } });
    stage.clock.advance(1_000);
    await expect(use()).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
    expect(await stage.look(account)).toMatchObject({ lastError: { code: 'OUTCOME_UNKNOWN' } });
  });

  it('is not asked for again while the old access token lives, where that could end the grant', async () => {
    const young = await renewAndComeToTheLastSeconds();
    stage.oidc.interfere('token', 'lose');
    expect((await use()).version).toBe(young);
    stage.clock.advance(1_000);
    expect((await use()).version).toBe(young);
    const asked = stage.freshTokens.refreshNow({ userId: 'anna', accountId: account.id });
    await expect(asked).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE', facts: { retryAfterSeconds: 2 } });
    expect(stage.posts()).toBe(1);
    stage.clock.advance(2_000);
    await expect(use()).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
    expect(stage.posts()).toBe(1);
    expect(await stage.look(account)).toMatchObject({ lastError: { code: 'OUTCOME_UNKNOWN' } });
  });

  it('is asked for again after its pause where a refresh token may be sent twice', async () => {
    await stage.close();
    stage = await openRefreshStage({
      rotate: false,
      provider: ({ rotation }) => ({ rotation: { ...rotation, rotates: 'never', replay: 'stable' } }),
    });
    account = await stage.connect();
    stage.clock.advance(LIFETIME_MS - 3_000);
    stage.oidc.interfere('token', 'lose');
    expect((await use()).version).toBe(1);
    stage.clock.advance(1_000);
    expect((await use()).version).toBe(2);
    expect(stage.posts()).toBe(2);
  });

  async function renewAndComeToTheLastSeconds(): Promise<number> {
    const { version } = await use();
    stage.posts();
    stage.clock.advance(LIFETIME_MS - 3_000);
    return version;
  }
});

it('a refresh takes three reads and two transactions', async () => {
  await expect(use(stage)).resolves.toBeTruthy();
  stage.clock.advance(LIFETIME_MS);
  const [statements, writes] = [watchReads(stage.database), stage.writes()];
  await use();
  expect(statements.filter((statement) => /^\s*SELECT/.test(statement))).toHaveLength(3);
  expect(stage.writes() - writes).toBe(2);
});
