import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { createAudit } from '../../src/audit/audit.js';
import type { Actor } from '../../src/callers/actor.js';
import { barePolicy } from '../../src/providers/bare-policy.js';
import { createRecordActivity, type RecordActivity } from '../../src/refresh/record-activity.js';
import { LIFETIME_MS, openRefreshStage, type RefreshStage } from './refresh-stage.js';

const IDLE_MS = 300_000;
const anna: Actor = { actorId: 'anna', subjectId: 'anna', reason: null, requestId: 'req-1', isOnBehalf: false };

let stage: RefreshStage;
let account: ConnectedAccount;
let recordActivity: RecordActivity;

beforeEach(async () => {
  stage = await openRefreshStage({
    provider: () => ({ refreshPolicy: { ...barePolicy('WHEN_ACTIVE'), idleAfterSeconds: IDLE_MS / 1000 } }),
  });
  recordActivity = createRecordActivity({ ...stage, audit: createAudit({ ...stage, log: stage.log.log }) });
  account = await stage.connect();
});
afterEach(() => stage.close());

const look = async () => (await stage.look(account))!;
const pass = (ms: number): void => stage.clock.advance(ms);
const settled = async (): Promise<void> => {
  await stage.accounts.flush();
  await stage.refreshAccount.settled();
};
async function use(): Promise<void> {
  stage.activity.noteUse(await stage.freshTokens.use({ userId: 'anna', providerId: 'test', accountId: null }));
}

describe('an account that is kept while its user is active', () => {
  it('is due a minute before its end, and not any more once the user is away', async () => {
    const due = account.expiresAt! - 60_000;
    expect(stage.schedule.dueAt(await look())).toBe(due);
    pass(IDLE_MS - 1);
    expect(stage.schedule.dueAt(await look())).toBe(due);
    pass(1);
    expect(stage.schedule.dueAt(await look())).toBeNull();
  });

  it('goes on with a use: one refresh, though twenty come at once, and a new schedule', async () => {
    pass(LIFETIME_MS);
    await Promise.all(Array.from({ length: 20 }, use));
    await settled();
    expect(stage.posts()).toBe(1);
    const { expiresAt, nextRefreshAt, lastActiveAt } = await look();
    expect([nextRefreshAt, lastActiveAt]).toEqual([expiresAt! - 60_000, stage.clock.now()]);
  });

  it('goes on without a refresh where the token lives', async () => {
    pass(IDLE_MS);
    await markPaused();
    await use();
    await settled();
    expect(stage.posts()).toBe(0);
    expect(await look()).toMatchObject({ nextRefreshAt: account.nextRefreshAt, lastActiveAt: stage.clock.now() });
  });

  it('that is used all the time is written once a minute', async () => {
    await use();
    await settled();
    const writes = stage.writes();
    for (let second = 0; second < 59; second += 1) {
      pass(1_000);
      await use();
    }
    await settled();
    expect(stage.writes()).toBe(writes);
    pass(1_000);
    await use();
    await settled();
    expect(stage.writes()).toBe(writes + 1);
  });
});

describe('an app that tells of its user', () => {
  it('gets the accounts that were paused, with their new moments, and those alone', async () => {
    expect(await recordActivity(anna, null)).toEqual([]);
    pass(IDLE_MS);
    await markPaused();
    const [resumed, ...others] = await recordActivity(anna, 'test');
    expect(others).toEqual([]);
    expect(resumed).toMatchObject({ id: account.id, nextRefreshAt: account.nextRefreshAt });
    expect(await recordActivity(anna, null)).toEqual([]);
    await settled();
    expect(stage.posts()).toBe(0);
  });

  it('has a token that is over refreshed once, behind the answer', async () => {
    pass(LIFETIME_MS);
    const answer = stage.oidc.hold('token');
    expect(await recordActivity(anna, null)).toHaveLength(1);
    await answer.arrived;
    answer.release();
    await settled();
    expect(stage.posts()).toBe(1);
    const { expiresAt, nextRefreshAt } = await look();
    expect(nextRefreshAt).toBe(expiresAt! - 60_000);
    expect((await stage.history.page({ accountId: account.id, first: 1, after: null })).edges[0]?.node).toMatchObject({
      reason: 'RESUMED',
      outcome: 'GRANTED',
    });
  });

  it('costs one write a minute however often it tells, and is no use', async () => {
    const writes = stage.writes();
    for (let told = 0; told < 50; told += 1) {
      await recordActivity(anna, null);
      await stage.accounts.flush();
      pass(1_000);
    }
    expect(stage.writes()).toBe(writes + 1);
    expect((await look()).lastUsedAt).toBeNull();
  });

  it('touches nobody else’s accounts, and none that needs its user', async () => {
    const berts = await stage.connect({ login: 'bert', userId: 'bert' });
    pass(IDLE_MS);
    await stage.database.write((transaction) =>
      transaction.query("UPDATE connected_account SET status = 'NEEDS_REAUTHORIZATION' WHERE user_id = 'anna'"),
    );
    expect(await recordActivity(anna, null)).toEqual([]);
    expect(await stage.look(berts)).toEqual(berts);
  });

  it('of a provider that is not set up hears so', async () => {
    await expect(recordActivity(anna, 'nowhere')).rejects.toMatchObject({ code: 'UNKNOWN_PROVIDER' });
  });

  it('on behalf of a user leaves two lines in their audit', async () => {
    const admin: Actor = { ...anna, actorId: 'ada', reason: 'ticket 7', isOnBehalf: true };
    await recordActivity(admin, null);
    const audit = createAudit({ ...stage, log: stage.log.log });
    const { edges } = await audit.page({ subjectId: 'anna', first: 5, after: null });
    expect(edges.map(({ node }) => [node.action, node.outcome, node.actorId, node.reason])).toEqual([
      ['activity.recorded', 'DONE', 'ada', 'ticket 7'],
      ['activity.recorded', 'STARTED', 'ada', 'ticket 7'],
    ]);
  });
});

/** What the job does that finds nobody there. */
async function markPaused(): Promise<void> {
  await stage.database.write((transaction) => transaction.query('UPDATE connected_account SET next_refresh_at = NULL'));
}
