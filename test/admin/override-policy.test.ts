import { afterEach, beforeEach, expect, it } from 'vitest';
import { createOverridePolicy, type OverridePolicy, type PolicyParts } from '../../src/admin/override-policy.js';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { createAudit } from '../../src/audit/audit.js';
import type { Actor } from '../../src/callers/actor.js';
import { noAlarms } from '../../src/refresh/refresh-alarms.js';
import { openRefreshStage, type RefreshStage } from '../refresh/refresh-stage.js';

const admin: Actor = { actorId: 'ada', subjectId: 'anna', reason: 'ticket 7', requestId: 'req-1', isOnBehalf: true };

let stage: RefreshStage;
let account: ConnectedAccount;
let overridePolicy: OverridePolicy;

beforeEach(async () => {
  stage = await openRefreshStage();
  account = await stage.connect();
  overridePolicy = createOverridePolicy({ ...stage, alarms: noAlarms, audit: auditOf(stage) });
});
afterEach(() => stage.close());

const auditOf = (of: RefreshStage) => createAudit({ ...of, log: of.log.log });
const set = (policy: PolicyParts | null, actor = admin, accountId = account.id) =>
  overridePolicy(actor, { accountId, policy });

it('a policy of its own is the account’s at once, with its moment and the reason for its user', async () => {
  expect(account.nextRefreshAt).toBeNull(); // the provider's is lazy
  const changed = await set({ mode: 'SCHEDULED', leadSeconds: 120 });
  expect(changed.nextRefreshAt).toBe(account.expiresAt! - 120_000);
  expect(stage.schedule.policyOf(changed)).toMatchObject({ mode: 'SCHEDULED', leadSeconds: 120, reason: 'ticket 7' });
});

it('taking it back gives the account its provider’s policy, and no moment', async () => {
  await set({ mode: 'SCHEDULED' });
  const changed = await set(null);
  expect(changed).toMatchObject({ policyOverride: null, nextRefreshAt: null });
  expect(stage.schedule.policyOf(changed)).toEqual(stage.provider.refreshPolicy);
});

it('one that is set while a refresh is under way counts for the tokens that this brings', async () => {
  const answer = stage.oidc.hold('token');
  const refreshing = stage.freshTokens.refreshNow({ userId: 'anna', accountId: account.id });
  await answer.arrived;
  stage.clock.advance(1_000);
  await set({ mode: 'SCHEDULED' });
  answer.release();
  const renewed = await refreshing;
  expect(renewed.nextRefreshAt).toBe(renewed.expiresAt! - 60_000);
});

it('it is in the audit of the user, before and after', async () => {
  await set({ mode: 'NEVER' });
  const { edges } = await auditOf(stage).page({ subjectId: 'anna', first: 5, after: null });
  expect(edges.map(({ node }) => [node.action, node.outcome, node.accountId, node.reason])).toEqual([
    ['policy.changed', 'DONE', account.id, 'ticket 7'],
    ['policy.changed', 'STARTED', account.id, 'ticket 7'],
  ]);
});

it('an account that is not this user’s is as one that does not exist', async () => {
  const refused = set({ mode: 'NEVER' }, { ...admin, subjectId: 'bert' });
  await expect(refused).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
  await expect(set(null, admin, 'acc_none')).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
});

it.each([
  [{}, 'policy'],
  [{ leadSeconds: 0 }, 'leadSeconds'],
  [{ keepAliveSeconds: 400_000_000 }, 'keepAliveSeconds'],
  [{ mode: 'WHEN_ACTIVE' } as const, 'idleAfterSeconds'],
])('%o is refused by the name of what is wrong, and changes nothing', async (policy, field) => {
  await expect(set(policy)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', facts: { field } });
  expect(await stage.look(account)).toEqual(account);
});
