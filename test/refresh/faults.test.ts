/** Each fault of a refresh: what becomes of the account, what its app is told, how long it is left alone. The provider is
 *  a real server on loopback that answers as it is told. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import type { RawAnswer } from '../support/hostile-server.js';
import { granted, openFleet, refusal, type Fleet } from '../support/provider-fleet.js';

let fleet: Fleet;
let account: ConnectedAccount;

beforeEach(async () => {
  fleet = await openFleet();
  [account] = (await fleet.connect(1)) as [ConnectedAccount];
});
afterEach(() => fleet.close());

interface Fault {
  readonly what: string;
  readonly answer: RawAnswer;
  readonly code: string;
  readonly problem: string;
  readonly pauseMs: number;
}

const outage = { problem: 'PROVIDER_UNAVAILABLE', pauseMs: 1_000 };
const ofOperator = { problem: 'PROVIDER_MISCONFIGURED', pauseMs: 30_000 };
const slowly = { code: 'PROVIDER_ERROR', problem: 'PROVIDER_UNAVAILABLE', pauseMs: 60_000 };
const limited = { code: 'RATE_LIMITED', problem: 'PROVIDER_RATE_LIMITED' };
const cutJson = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"access_token":"a' };

const faults: readonly Fault[] = [
  { what: '500', answer: { status: 500 }, code: 'PROVIDER_ERROR', ...outage },
  { what: '503 with HTML', answer: { status: 503, body: '<html>' }, code: 'PROVIDER_ERROR', ...outage },
  {
    what: '503 with Retry-After',
    answer: { status: 503, headers: { 'retry-after': '90' } },
    code: 'PROVIDER_ERROR',
    ...outage,
    pauseMs: 90_000,
  },
  { what: '429', answer: { status: 429 }, ...limited, pauseMs: 30_000 },
  {
    what: '429 for two minutes',
    answer: { status: 429, headers: { 'retry-after': '120' } },
    ...limited,
    pauseMs: 120_000,
  },
  { what: 'a reset', answer: { status: 200, manner: 'reset' }, code: 'TIMED_OUT', ...outage },
  {
    what: 'an answer that is cut after the commit',
    answer: { ...cutJson, manner: 'cut' },
    code: 'TIMED_OUT',
    ...outage,
  },
  { what: 'truncated JSON', answer: cutJson, code: 'UNREADABLE_ANSWER', ...outage },
  { what: '10 MB', answer: { status: 200, body: ' '.repeat(10_000_000) }, code: 'UNREADABLE_ANSWER', ...outage },
  { what: 'another token type', answer: granted('a', { token_type: 'mac' }), code: 'UNREADABLE_ANSWER', ...outage },
  { what: 'a page', answer: { status: 200, body: '<html>Sign in' }, code: 'UNREADABLE_ANSWER', ...ofOperator },
  {
    what: 'a redirect to itself',
    answer: { status: 307, headers: { location: '/token' } },
    code: 'UNREADABLE_ANSWER',
    ...ofOperator,
  },
  { what: '404', answer: { status: 404 }, code: 'UNREADABLE_ANSWER', ...ofOperator },
  { what: 'invalid_client', answer: refusal(401, 'invalid_client'), code: 'INVALID_CLIENT', ...ofOperator },
  { what: '401 without words', answer: { status: 401 }, code: 'INVALID_CLIENT', ...ofOperator },
  { what: 'an unknown 4xx', answer: refusal(418, 'teapot'), ...slowly },
  { what: 'invalid_request', answer: refusal(400, 'invalid_request'), ...slowly },
];

it.each(faults)('$what leaves the account as it is and is tried again after a pause', async (fault) => {
  const { answer, code, problem, pauseMs } = fault;
  fleet.answerEach(() => answer);
  const facts = { provider: 'test', accountId: account.id, retryAfterSeconds: pauseMs / 1000 };
  await expect(fleet.use(account)).rejects.toMatchObject({ code: problem, facts });
  await expect(fleet.use(account)).rejects.toMatchObject({ facts: { retryAfterSeconds: pauseMs / 1000 } });
  expect(fleet.posts()).toBe(1);
  const failed = { status: 'ACTIVE', lastError: { code }, consecutiveFailures: 1, backoffMs: pauseMs };
  expect(await fleet.look(account)).toMatchObject({ ...failed, retryAt: fleet.clock.now() + pauseMs });
  fleet.answerEach();
  fleet.clock.advance(pauseMs);
  await fleet.use(account);
  expect(await fleet.look(account)).toMatchObject({ lastError: null, consecutiveFailures: 0, retryAt: null });
});

it('a time-out is a fault of the provider, and nothing is known of the token', async () => {
  fleet.answerEach(() => ({ status: 200, manner: 'silent' }));
  const used = fleet.use(account).catch((error: unknown) => error);
  await fleet.server.arrival('/token');
  fleet.clock.advance(15_000);
  expect(await used).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  expect(await fleet.look(account)).toMatchObject({ lastError: { code: 'TIMED_OUT' } });
});

it('a page and a redirect are told in the log for what they mostly are', async () => {
  fleet.answerEach(() => ({ status: 302, headers: { location: '/login' } }));
  await fleet.use(account).catch(() => undefined);
  const told = fleet.log.lines.find(({ event }) => event === 'refresh.failed');
  expect(told).toMatchObject({ why: expect.stringContaining('authorize URL were called as an API') });
});

describe('a grant that is over', () => {
  it('is posted once: a hundred uses later, also after a restart, there was no other post', async () => {
    fleet.answerEach(() => refusal(400, 'invalid_grant'));
    await expect(fleet.use(account)).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
    expect(fleet.posts()).toBe(1);
    const next = await fleet.otherProcess();
    for (let use = 0; use < 100; use += 1) {
      const gateway = use % 2 === 0 ? fleet : next;
      await expect(fleet.use(account, gateway)).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
      fleet.clock.advance(3_600_000);
    }
    expect(fleet.posts()).toBe(0);
  });
});

it('a grant that is refused beside an access token of null is posted once', async () => {
  const body = '{"error":"invalid_grant","access_token":null}';
  fleet.answerEach(() => ({ status: 200, headers: { 'content-type': 'application/json' }, body }));
  for (let use = 0; use < 10; use += 1) {
    await expect(fleet.use(account)).rejects.toMatchObject({ code: 'REAUTHORIZATION_REQUIRED' });
    fleet.clock.advance(3_600_000);
  }
  expect(fleet.posts()).toBe(1);
});

describe('an answer with tokens', () => {
  it.each([
    ['as text', '600', 600_000],
    ['missing', undefined, null],
    ['zero', 0, null],
    ['negative', -1, null],
    ['no number', 'soon', null],
    ['absurd', 1e300, 100 * 365 * 24 * 3_600_000],
  ])('whose expires_in is %s is stored, and used without another refresh', async (_what, expiresIn, lifeMs) => {
    fleet.answerEach(() => granted('at-2', { expires_in: expiresIn }));
    for (let use = 0; use < 20; use += 1) await fleet.use(account);
    expect(fleet.posts()).toBe(1);
    const { expiresAt } = await fleet.look(account);
    expect(expiresAt).toBe(lifeMs === null ? null : fleet.clock.now() + lifeMs);
  });

  it('without a refresh token keeps the old one', async () => {
    fleet.answerEach(() => granted('at-2'));
    await fleet.use(account);
    fleet.clock.advance(600_000);
    await fleet.use(account);
    const sent = fleet.server.requests.filter(({ endpoint }) => endpoint === '/token');
    expect(new Set(sent.map((one) => one.form().get('refresh_token')))).toEqual(new Set([`rt-${account.id}`]));
    expect(sent).toHaveLength(2);
  });
});

describe('a clock that jumps', () => {
  const hours = 6 * 3_600_000;

  it('ahead makes one refresh, and back makes none', async () => {
    await fleet.use(account);
    fleet.posts();
    fleet.clock.jump(hours);
    for (let use = 0; use < 10; use += 1) await fleet.use(account);
    expect(fleet.posts()).toBe(1);
    fleet.clock.jump(-hours);
    for (let use = 0; use < 10; use += 1) await fleet.use(account);
    expect(fleet.posts()).toBe(0);
  });

  it('back strands no account that was told to wait', async () => {
    fleet.answerEach(() => ({ status: 503 }));
    await fleet.use(account).catch(() => undefined);
    fleet.answerEach();
    fleet.clock.jump(-hours);
    await fleet.renewBehind(account);
    expect((await fleet.look(account)).lastError).toBeNull();
  });
});

it('while the access token lives a refresh that fails hurts nobody', async () => {
  await fleet.use(account);
  fleet.clock.advance(597_000); // in its last seconds
  fleet.answerEach(() => ({ status: 503 }));
  for (let use = 0; use < 10; use += 1) await fleet.use(account);
  expect(fleet.posts()).toBeLessThanOrEqual(2);
});
