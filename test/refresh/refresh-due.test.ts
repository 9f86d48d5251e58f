import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { alarmedOf } from '../../src/refresh/refresh-alarms.js';
import { openDueStage, type DueStage } from './due-stage.js';
import { LIFETIME_MS } from './refresh-stage.js';

const LEAD_MS = 60_000;

let stage: DueStage;
let account: ConnectedAccount;

beforeEach(async () => {
  stage = await openDueStage({ provider: scheduled });
  account = await stage.connect();
});
afterEach(() => stage.close());

function scheduled({ refreshPolicy }: { refreshPolicy: object }) {
  return { refreshPolicy: { ...refreshPolicy, mode: 'SCHEDULED', jitterSeconds: null } as never };
}
const becomeDue = (): void => stage.clock.advance(LIFETIME_MS - LEAD_MS);

describe('an account’s alarm', () => {
  it('stands at its lead before the end of its token, under the id that is on the account', async () => {
    expect(account.jobId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await stage.alarmOf(account)).toBe(account.expiresAt! - LEAD_MS);
  });

  it('renews its tokens as it rings, and rings next for the new ones', async () => {
    becomeDue();
    const next = await stage.ring(account);
    expect(stage.posts()).toBe(1);
    expect(await stage.version(account)).toBe(2);
    expect(next).toBe(stage.clock.now() + LIFETIME_MS - LEAD_MS);
    expect(await stage.look(account)).toMatchObject({ nextRefreshAt: next, jobId: account.jobId });
    expect(stage.lateness).toEqual([0]);
  });

  it('is written once when it is moved, by its primary key', async () => {
    await stage.alarms.settled();
    const calls: unknown[] = [];
    const put = stage.table.put;
    Object.assign(stage.table, { put: (alarms: Parameters<typeof put>[0]) => (calls.push(alarms), put(alarms)) });
    const at = stage.clock.now() + 5;
    stage.alarms.set({ ...alarmedOf(account), nextRefreshAt: at });
    await stage.alarms.settled();
    expect(calls).toMatchObject([[{ jobId: account.jobId, at }]]);
    expect(await stage.alarmOf(account)).toBe(at);
  });

  it('that rings too early sends nothing and is set anew', async () => {
    expect(await stage.ring(account)).toBe(account.nextRefreshAt);
    expect(stage.posts()).toBe(0);
  });

  it('that rings twice at once sends one refresh', async () => {
    becomeDue();
    await Promise.all([stage.ring(account), stage.ring(account)]);
    expect(stage.posts()).toBe(1);
  });

  it('that rings late, after a caller has renewed the tokens, sends none', async () => {
    stage.clock.advance(LIFETIME_MS);
    await stage.freshTokens.use({ userId: 'anna', providerId: 'test', accountId: null });
    expect(stage.posts()).toBe(1);
    expect(await stage.ring(account)).toBe(stage.clock.now() + LIFETIME_MS - LEAD_MS);
    expect(stage.posts()).toBe(0);
  });

  it('follows a refresh that a caller waited for', async () => {
    stage.clock.advance(LIFETIME_MS);
    await stage.freshTokens.use({ userId: 'anna', providerId: 'test', accountId: null });
    expect(await stage.alarmOf(account)).toBe(stage.clock.now() + LIFETIME_MS - LEAD_MS);
  });

  it('of a disconnected account is not set again', async () => {
    await stage.disconnect(account);
    expect(await stage.ring(account)).toBeNull();
    expect(stage.posts()).toBe(0);
  });

  it('of an account whose grant is over is taken away, and the dead grant is posted once', async () => {
    stage.oidc.revokeGrant('anna');
    becomeDue();
    expect(await stage.ring(account)).toBeNull();
    expect(await stage.ring(account)).toBeNull();
    expect(stage.posts()).toBe(1);
    expect(await stage.look(account)).toMatchObject({ status: 'NEEDS_REAUTHORIZATION', nextRefreshAt: null });
  });

  it('that is a second one of its account rings once and is not set again', async () => {
    becomeDue();
    expect(await stage.ring(account, '11111111-1111-4111-8111-111111111111')).toBeNull();
    expect(await stage.version(account)).toBe(2);
    expect(await stage.alarmOf(account)).toBe(stage.clock.now() + LIFETIME_MS - LEAD_MS);
  });

  it('that meets a provider which is down is no failure, and rings when the row says', async () => {
    becomeDue();
    stage.oidc.interfere('token', { status: 503 });
    const next = await stage.ring(account);
    const after = await stage.look(account);
    expect(after).toMatchObject({ status: 'ACTIVE', consecutiveFailures: 1 });
    expect(next).toBe(Math.max(after!.nextRefreshAt!, next!));
    expect(next).toBeGreaterThan(stage.clock.now());
  });

  it('that cannot be written is a line in the log, and nobody waits for it', async () => {
    Object.assign(stage.table, { put: () => Promise.reject(new Error('the table is away')) });
    stage.alarms.set({ ...alarmedOf(account), nextRefreshAt: 1 });
    await stage.alarms.settled();
    expect(stage.log.events()).toContain('refresh.alarms_not_set');
  });

  it('of an account that an earlier release stored gets its id from whoever comes first', async () => {
    await stage.database.write((transaction) => transaction.query('UPDATE connected_account SET job_id = NULL'));
    const known = { ...alarmedOf(account), jobId: null };
    await Promise.all([
      stage.dueAccounts.allotJob(account.id, '11111111-1111-4111-8111-111111111111'),
      stage.dueAccounts.allotJob(account.id, '22222222-2222-4222-8222-222222222222'),
    ]);
    stage.alarms.set(known);
    await stage.alarms.settled();
    const now = (await stage.look(account))!;
    expect(now.jobId).not.toBeNull();
    expect(await stage.alarmOf(now)).toBe(account.nextRefreshAt);
  });
});
