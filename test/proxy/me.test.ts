import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { createAudit, type Audit } from '../../src/audit/audit.js';
import type { Actor } from '../../src/callers/actor.js';
import { createProfiles } from '../../src/profile/fetch-profile.js';
import { createMe, type Me } from '../../src/proxy/me.js';
import { LIFETIME_MS, openRefreshStage, type RefreshStage } from '../refresh/refresh-stage.js';
import { watchReads } from '../support/test-database.js';

let stage: RefreshStage;
let audit: Audit;
let me: Me;
let account: ConnectedAccount;

const anna: Actor = { actorId: 'anna', subjectId: 'anna', reason: null, requestId: 'req-1', isOnBehalf: false };
const admin: Actor = { ...anna, actorId: 'ada', reason: 'she asked for help', isOnBehalf: true };

beforeEach(async () => {
  stage = await openRefreshStage();
  const { database, clock, log, outbound, discovery } = stage;
  audit = createAudit({ database, clock, log: log.log });
  const profiles = createProfiles({ outbound, discovery, clock });
  me = createMe({ ...stage, profiles, audit });
  account = await stage.connect();
});
afterEach(() => stage.close());

const read = (actor = anna, providerId = 'test', accountId: string | null = null) =>
  me.read(actor, { providerId, accountId });
const twenty = () => Array.from({ length: 20 }, () => read());
const trail = async () => {
  const { edges } = await audit.page({ subjectId: 'anna', first: 100, after: null });
  return edges.map(({ node }) => node).toReversed();
};

describe('a user reads me', () => {
  it('and gets who they are at the provider, asked at this moment', async () => {
    const { account: read1, profile } = await read();
    expect(read1.id).toBe(account.id);
    expect(profile).toMatchObject({ externalId: 'anna', name: 'Anna Example', email: 'anna@example.com' });
    await read();
    expect(stage.oidc.counts.userinfo).toBe(2);
  });

  it('warm, it costs one statement, one call, no write and no audit row', async () => {
    await read();
    await stage.accounts.flush();
    const [statements, writes] = [watchReads(stage.database), stage.writes()];
    await read();
    expect(statements).toHaveLength(1);
    await stage.accounts.flush();
    expect(stage.writes()).toBe(writes);
    expect(await trail()).toEqual([]);
  });

  it('and the time of use is noted, once a minute', async () => {
    await read();
    await stage.accounts.flush();
    expect(await stage.look(account)).toMatchObject({ lastUsedAt: stage.clock.now() });
  });

  it('with a token that is over, twenty at once: one refresh, twenty answers', async () => {
    stage.clock.advance(LIFETIME_MS);
    const answers = await Promise.all(twenty());
    expect(answers.map(({ profile }) => profile.externalId)).toEqual(Array.from({ length: 20 }, () => 'anna'));
    expect(stage.posts()).toBe(1);
  });

  it('with a token that the provider no longer takes, twenty at once: one refresh, one retry each', async () => {
    stage.oidc.expireAccessTokens();
    const answers = await Promise.all(twenty());
    expect(answers).toHaveLength(20);
    expect(stage.posts()).toBe(1);
    expect(stage.oidc.counts.userinfo).toBeLessThanOrEqual(40);
  });

  it('from a provider that refuses every token: one refresh, two calls, and an answer that blames no one', async () => {
    stage.oidc.interfere('userinfo', { status: 401 }, 100);
    await expect(read()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(stage.oidc.counts.userinfo).toBe(2);
    for (let again = 0; again < 5; again += 1) await expect(read()).rejects.toThrow();
    expect(stage.posts()).toBe(1);
    expect(await stage.look(account)).toMatchObject({ status: 'ACTIVE' });
  });

  it('after withdrawing at the provider: REAUTHORIZATION_REQUIRED, and the provider is left in peace', async () => {
    stage.oidc.revokeGrant('anna');
    await expect(read()).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
    const requests = stage.oidc.requests.length;
    await expect(read()).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
    expect(stage.oidc.requests).toHaveLength(requests);
  });

  it('and a failed read is no use of the account', async () => {
    stage.oidc.interfere('userinfo', { status: 500 });
    await expect(read()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    await stage.accounts.flush();
    expect(await stage.look(account)).toMatchObject({ lastUsedAt: null });
  });

  it('of an account that became another person’s at the provider, and gets nothing of theirs', async () => {
    stage.oidc.interfere('userinfo', {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sub: 'mallory', name: 'Mallory' }),
    });
    await expect(read()).rejects.toMatchObject({ code: 'PROVIDER_MISCONFIGURED' });
  });

  it('from a provider that tells every secret back: none of them is in what a caller gets', async () => {
    const row = await stage.tokens.read(account.id);
    const { accessToken, refreshToken } = await stage.tokens.open(row!);
    const { client } = stage.oidc;
    const secrets = [accessToken, refreshToken, 'secret' in client ? client.secret : null].map((one) => one!.expose());
    stage.oidc.interfere('userinfo', {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sub: 'anna', nickname: 'Anni', a: secrets[0], b: `so ${secrets[1]}!`, c: [secrets[2]] }),
    });
    const { profile } = await read();
    expect(profile.raw).toEqual({ sub: 'anna', nickname: 'Anni', c: [] });
  });

  it('at a provider that is not set up: UNKNOWN_PROVIDER', async () => {
    await expect(read(anna, 'nowhere')).rejects.toMatchObject({ code: 'UNKNOWN_PROVIDER' });
  });
});

describe('an admin reads me on behalf of a user', () => {
  it('and gets the user’s, with both names, the reason and the account in the audit', async () => {
    const { profile } = await read(admin);
    expect(profile.externalId).toBe('anna');
    const act = { action: 'account.read', actorId: 'ada', subjectId: 'anna', reason: 'she asked for help' };
    expect(await trail()).toMatchObject([
      { ...act, outcome: 'STARTED' },
      { ...act, outcome: 'DONE', accountId: account.id },
    ]);
  });

  it('and does not where the audit cannot be written: nothing is asked of the provider', async () => {
    await stage.database.write((transaction) => transaction.query('DROP TABLE audit_event'));
    await expect(read(admin)).rejects.toThrow();
    expect(stage.oidc.counts.userinfo).toBe(0);
  });

  it('and a read that failed is in the audit as FAILED', async () => {
    stage.oidc.interfere('userinfo', { status: 500 });
    await expect(read(admin)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect((await trail()).map(({ outcome }) => outcome)).toEqual(['STARTED', 'FAILED']);
  });

  it('cannot reach their own account by it', async () => {
    const own = await stage.connect({ login: 'ada', userId: 'ada' });
    await expect(read(admin, 'test', own.id)).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
  });
});
