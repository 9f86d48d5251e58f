import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { barePolicy } from '../../src/providers/bare-policy.js';
import { openDueStage, type DueStage } from './due-stage.js';
import { LIFETIME_MS } from './refresh-stage.js';

const IDLE_MS = 300_000;

let stage: DueStage;
let account: ConnectedAccount;

beforeEach(async () => {
  stage = await openDueStage({
    provider: () => ({ refreshPolicy: { ...barePolicy('WHEN_ACTIVE'), idleAfterSeconds: IDLE_MS / 1000 } }),
  });
  account = await stage.connect();
});
afterEach(() => stage.close());

const use = async (): Promise<void> => {
  stage.activity.noteUse(await stage.freshTokens.use({ userId: 'anna', providerId: 'test', accountId: null }));
  await stage.accounts.flush();
};

it('an alarm that finds its user away sends nothing, and the account is due no more', async () => {
  stage.clock.advance(LIFETIME_MS - 60_000);
  expect(await stage.ring(account)).toBeNull();
  expect(stage.posts()).toBe(0);
  expect(await stage.look(account)).toMatchObject({ nextRefreshAt: null });
  expect(await stage.sweep()).toMatchObject({ RENEWED: 0, FAILED: 0 });
});

it('a user who is there as it rings has their tokens renewed', async () => {
  stage.clock.advance(LIFETIME_MS - 60_000 - IDLE_MS + 1);
  await use();
  stage.clock.advance(IDLE_MS - 1);
  const next = await stage.ring(account);
  expect(stage.posts()).toBe(1);
  expect(await stage.look(account)).toMatchObject({ nextRefreshAt: next });
});

it('a user who is back has an alarm again, with their first use', async () => {
  stage.clock.advance(LIFETIME_MS - 60_000);
  await stage.ring(account);
  await use();
  await stage.refreshAccount.settled();
  await stage.alarms.settled();
  expect(stage.posts()).toBe(1);
  const { expiresAt, nextRefreshAt } = (await stage.look(account))!;
  expect(nextRefreshAt).toBe(expiresAt! - 60_000);
  expect(await stage.alarmOf(account)).toBe(nextRefreshAt);
});

it('what an alarm found is not written over a use that came meanwhile', async () => {
  const seen = (await stage.look(account))!;
  stage.clock.advance(1_000);
  await use();
  await stage.accounts.replan(seen, null);
  expect(await stage.look(account)).toMatchObject({ nextRefreshAt: account.nextRefreshAt });
});
