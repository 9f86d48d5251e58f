/** Failures over many accounts that have one cause, at a real HTTP server that answers as it is told. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import type { SeenRequest } from '../support/request-tap.js';
import { granted, openFleet, refusal, type Fleet } from '../support/provider-fleet.js';

let fleet: Fleet;
let accounts: ConnectedAccount[];

const open = async (count: number, change?: Parameters<typeof openFleet>[0]) => {
  fleet = await openFleet(change);
  accounts = await fleet.connect(count);
};
const renewAll = (some = accounts) => Promise.allSettled(some.map((account) => fleet.renewBehind(account)));
const looks = () => Promise.all(accounts.map(fleet.look));
const statuses = async () => new Set((await looks()).map(({ status }) => status));
const secretOf = (request: SeenRequest) => request.form().get('client_secret');
const failedWith = (code: string) =>
  expect.objectContaining({ status: 'rejected', reason: expect.objectContaining({ code }) });

afterEach(() => fleet.close());

/** Until nothing is left to renew: what a sweep does, again and again. */
async function sweepUntilAllAreRenewed(maxMs: number): Promise<number> {
  const { clock } = fleet;
  const startedAt = clock.monotonic();
  while (clock.monotonic() - startedAt < maxMs) {
    const due = (await looks()).filter(({ lastRefreshedAt }) => lastRefreshedAt === null);
    if (due.length === 0) return clock.monotonic() - startedAt;
    for (const account of due) await fleet.renewBehind(account).catch(() => undefined);
    clock.advance(5_000);
  }
  throw new Error('Some accounts did not recover.');
}

describe('a wrong client secret', () => {
  beforeEach(async () => {
    await open(50);
    fleet.answerEach((request) => (secretOf(request) === 'secret-1' ? refusal(401, 'invalid_client') : granted('at')));
  });

  it('is one incident after two accounts: nobody else is posted, and nobody is asked to connect again', async () => {
    for (const account of accounts) await fleet.renewBehind(account).catch(() => undefined);
    expect(fleet.posts()).toBe(2);
    expect(await statuses()).toEqual(new Set(['ACTIVE']));
    const { id: _, ...incident } = (await fleet.openIncidents())[0]!;
    const at = fleet.clock.now();
    expect(incident).toEqual({
      providerId: 'test',
      cause: 'CLIENT_REFUSED',
      openedAt: at,
      lastSeenAt: at,
      closedAt: null,
      accounts: 2,
      failures: 2,
    });
    expect(fleet.log.lines.filter(({ event }) => event === 'incident.opened')).toMatchObject([
      { provider: 'test', cause: 'CLIENT_REFUSED', message: expect.stringContaining('client id, secret') },
    ]);
  });

  it('is told at once to whoever comes later, with the seconds until the next try', async () => {
    for (const account of accounts.slice(0, 2)) await fleet.use(account).catch(() => undefined);
    fleet.posts();
    await expect(fleet.use(accounts[2]!)).rejects.toMatchObject({
      code: 'PROVIDER_MISCONFIGURED',
      facts: { provider: 'test', accountId: accounts[2]!.id, retryAfterSeconds: 15 },
    });
    expect(fleet.posts()).toBe(0);
  });

  it('is one incident of all failures where all were sent at the same moment', async () => {
    expect(await renewAll()).toEqual(Array.from({ length: 50 }, () => failedWith('PROVIDER_MISCONFIGURED')));
    expect(await statuses()).toEqual(new Set(['ACTIVE']));
    expect(await fleet.openIncidents()).toMatchObject([{ accounts: 50, failures: 50 }]);
  });

  it('is tried by one account at a time, and each try that fails is followed by a pause', async () => {
    for (const account of accounts.slice(0, 2)) await fleet.renewBehind(account).catch(() => undefined);
    fleet.posts();
    fleet.clock.advance(15_000);
    await renewAll(accounts.slice(2));
    expect(fleet.posts()).toBe(1);
    await renewAll(accounts.slice(2));
    expect(fleet.posts()).toBe(0);
    expect(await fleet.openIncidents()).toMatchObject([
      { accounts: 3, failures: 3, openedAt: fleet.clock.now() - 15_000 },
    ]);
  });

  it('once it is mended, all recover by themselves, and the incident is closed', async () => {
    for (const account of accounts) await fleet.renewBehind(account).catch(() => undefined);
    const openedAt = fleet.clock.now();
    fleet.answerEach();
    await sweepUntilAllAreRenewed(120_000);
    expect(await statuses()).toEqual(new Set(['ACTIVE']));
    expect(await fleet.openIncidents()).toEqual([]);
    const { edges } = await fleet.incidents.page({ first: 10, after: null, isOpen: false });
    expect(edges.map(({ node }) => node)).toMatchObject([{ cause: 'CLIENT_REFUSED', openedAt }]);
    expect(edges[0]!.node.closedAt).toBeGreaterThan(openedAt);
    expect(fleet.log.events().filter((event) => String(event).startsWith('incident.'))).toEqual([
      'incident.opened',
      'incident.closed',
    ]);
  });

  it('is found open by the next process, which sends one try, and after that try all', async () => {
    for (const account of accounts) await fleet.renewBehind(account).catch(() => undefined);
    fleet.posts();
    const next = await fleet.otherProcess();
    await next.refreshAccount.recover();
    await Promise.allSettled(accounts.slice(2).map((account) => fleet.renewBehind(account, next)));
    expect(fleet.posts()).toBe(1);
    fleet.answerEach();
    fleet.clock.advance(60_000);
    await fleet.renewBehind(accounts[9]!, next);
    await Promise.all(accounts.slice(10).map((account) => fleet.renewBehind(account, next)));
    expect(await fleet.openIncidents()).toEqual([]);
  });
});

describe('an incident', () => {
  it('is the same one for all instances, which open and close it together', async () => {
    await open(20);
    const other = await fleet.otherProcess();
    fleet.answerEach(() => ({ status: 503 }));
    const half = accounts.slice(0, 10);
    await Promise.all([
      renewAll(half),
      Promise.allSettled(accounts.slice(10).map((account) => fleet.renewBehind(account, other))),
    ]);
    // How many were sent before the first failed is the machine's affair.
    expect(await fleet.openIncidents()).toMatchObject([{ cause: 'OUTAGE' }]);
    expect(fleet.log.events().filter((event) => event === 'incident.opened')).toHaveLength(1);
    fleet.answerEach();
    fleet.clock.advance(60_000);
    await fleet.renewBehind(accounts[0]!);
    await fleet.renewBehind(accounts[11]!, other);
    expect(await fleet.openIncidents()).toEqual([]);
    expect(fleet.log.events().filter((event) => event === 'incident.closed')).toHaveLength(1);
  });

  it('that comes again within minutes goes on, instead of being many', async () => {
    await open(20);
    for (const round of [0, 1, 2]) {
      fleet.answerEach(() => ({ status: 503 }));
      await renewAll(accounts.slice(round * 5, round * 5 + 4));
      fleet.answerEach();
      fleet.clock.advance(10_000);
      await fleet.renewBehind(accounts[round * 5 + 4]!);
      await fleet.health.settled();
    }
    const { edges } = await fleet.incidents.page({ first: 10, after: null, isOpen: null });
    expect(edges.map(({ node }) => node)).toMatchObject([{ failures: 12, accounts: 12 }]);
  });

  it.each([
    ['an outage', { status: 503 }, 'OUTAGE', 'PROVIDER_UNAVAILABLE'],
    ['a page', { status: 200, body: '<html>Sign in</html>' }, 'AUTHORIZE_URL_CALLED', 'PROVIDER_MISCONFIGURED'],
    ['a redirect', { status: 302, headers: { location: '/token' } }, 'AUTHORIZE_URL_CALLED', 'PROVIDER_MISCONFIGURED'],
    ['an endpoint that moved', { status: 404 }, 'WRONG_ENDPOINT', 'PROVIDER_MISCONFIGURED'],
    ['too many requests', { status: 429 }, 'RATE_LIMITED', 'PROVIDER_RATE_LIMITED'],
    ['requests of another kind', refusal(400, 'unsupported'), 'REQUESTS_REFUSED', 'PROVIDER_UNAVAILABLE'],
  ] as const)('of %s is told from the others, and hurts no account', async (_what, answer, cause, problem) => {
    await open(8);
    fleet.answerEach(() => answer);
    for (const account of accounts) await expect(fleet.use(account)).rejects.toMatchObject({ code: problem });
    expect(fleet.posts()).toBeLessThanOrEqual(5);
    expect(await fleet.openIncidents()).toMatchObject([{ cause }]);
    expect(await statuses()).toEqual(new Set(['ACTIVE']));
  });

  it('says to whoever took the one URL for the other that they did', async () => {
    await open(2);
    fleet.answerEach(() => ({ status: 302, headers: { location: '/login' } }));
    await renewAll();
    await fleet.openIncidents();
    const told = fleet.log.lines.find(({ event }) => event === 'incident.opened');
    expect(told).toMatchObject({ message: expect.stringContaining('you called the authorize URL as an API') });
  });

  it('does not come of one account, however often it fails', async () => {
    await open(2);
    fleet.answerEach(() => ({ status: 500 }));
    for (let round = 0; round < 8; round += 1) {
      await fleet.renewBehind(accounts[0]!).catch(() => undefined);
      fleet.clock.advance(60_000);
    }
    expect(fleet.posts()).toBe(8);
    expect(await fleet.openIncidents()).toEqual([]);
  });

  it('does not come of failures between which something worked', async () => {
    await open(12);
    let at = 0;
    fleet.answerEach(() => ((at += 1) % 3 === 0 ? granted(`at-${at}`) : { status: 503 }));
    for (const account of accounts) await fleet.renewBehind(account).catch(() => undefined);
    expect(fleet.posts()).toBe(12);
    expect(await fleet.openIncidents()).toEqual([]);
  });

  it('is closed by an instance that never met it, once nobody adds to it any more', async () => {
    await open(6);
    fleet.answerEach(() => ({ status: 503 }));
    await renewAll(accounts.slice(0, 3));
    expect(await fleet.openIncidents()).toHaveLength(1);
    const other = await fleet.otherProcess();
    fleet.answerEach();
    await fleet.renewBehind(accounts[3]!, other);
    expect(await fleet.openIncidents()).toHaveLength(1);
    fleet.clock.advance(16 * 60_000);
    await fleet.renewBehind(accounts[4]!, other);
    expect(await fleet.openIncidents()).toEqual([]);
  });

  it('stops nobody whose token lives', async () => {
    await open(4);
    await renewAll(accounts.slice(3));
    fleet.answerEach(() => ({ status: 503 }));
    await renewAll(accounts.slice(0, 3));
    expect(await fleet.openIncidents()).toHaveLength(1);
    await fleet.use(accounts[3]!);
  });
});

describe('a provider that suddenly refuses every grant', () => {
  const refuseAll = () => fleet.answerEach(() => refusal(400, 'invalid_grant'));

  it('is not believed: no account is left waiting for its user, and few are posted', async () => {
    await open(60);
    refuseAll();
    for (const account of accounts) await fleet.renewBehind(account).catch(() => undefined);
    expect(fleet.posts()).toBe(5);
    expect(await fleet.openIncidents()).toMatchObject([{ cause: 'GRANTS_REFUSED', accounts: 5 }]);
    expect(await statuses()).toEqual(new Set(['ACTIVE']));
  });

  it('is not believed either where all were sent at the same moment', async () => {
    await open(60);
    refuseAll();
    await renewAll();
    fleet.clock.advance(60_000);
    await fleet.renewBehind(accounts[59]!).catch(() => undefined); // the probe
    expect(await fleet.openIncidents()).toMatchObject([{ cause: 'GRANTS_REFUSED' }]);
    expect(await statuses()).toEqual(new Set(['ACTIVE']));
  });

  it('is believed of those that it still refuses once something worked again', async () => {
    await open(20);
    refuseAll();
    for (const account of accounts) await fleet.renewBehind(account).catch(() => undefined);
    await fleet.health.settled();
    const dead = new Set(accounts.slice(10).map(({ id }) => `rt-${id}`));
    fleet.answerEach((request) =>
      dead.has(request.form().get('refresh_token') ?? '') ? refusal(400, 'invalid_grant') : granted('at'),
    );
    fleet.clock.advance(60_000);
    await fleet.renewBehind(accounts[0]!);
    await renewAll();
    const after = (await looks()).map(({ status }) => status);
    expect(after).toEqual(accounts.map((_, at) => (at < 10 ? 'ACTIVE' : 'NEEDS_REAUTHORIZATION')));
    expect(await fleet.openIncidents()).toEqual([]);
  });

  it('is believed as soon as somebody could connect again, since the client is then right', async () => {
    await open(8);
    refuseAll();
    for (const account of accounts) await fleet.renewBehind(account).catch(() => undefined);
    await fleet.health.settled();
    fleet.health.consented('test');
    fleet.clock.advance(60_000);
    await renewAll();
    expect(await statuses()).toEqual(new Set(['NEEDS_REAUTHORIZATION']));
    expect(await fleet.openIncidents()).toEqual([]);
  });

  it('is believed after a day', async () => {
    await open(8);
    refuseAll();
    for (const account of accounts) await fleet.renewBehind(account).catch(() => undefined);
    for (let hour = 0; hour < 27; hour += 1) {
      fleet.clock.advance(60 * 60_000);
      await renewAll();
    }
    expect(await statuses()).toEqual(new Set(['NEEDS_REAUTHORIZATION']));
    expect(await fleet.openIncidents()).toEqual([]);
  });

  it('is believed of four users who go within a minute', async () => {
    await open(4);
    refuseAll();
    await renewAll();
    expect(await statuses()).toEqual(new Set(['NEEDS_REAUTHORIZATION']));
    expect(await fleet.openIncidents()).toEqual([]);
  });
});

describe('when a provider with a budget is back', () => {
  it('two hundred accounts recover within it', async () => {
    await open(200, ({ refreshPolicy }) => ({ refreshPolicy: { ...refreshPolicy, budgetPerSecond: 20 } }));
    fleet.answerEach(() => ({ status: 503 }));
    for (const account of accounts.slice(0, 3)) {
      const renewing = fleet.renewBehind(account).catch(() => undefined);
      await fleet.passTime(100);
      await renewing;
    }
    expect(await fleet.openIncidents()).toHaveLength(1);
    const sentAt: number[] = [];
    fleet.answerEach((request) => {
      sentAt.push(fleet.clock.monotonic());
      return granted(`at-${request.remotePort}-${sentAt.length}`);
    });
    fleet.clock.advance(60_000);
    const probe = fleet.renewBehind(accounts[3]!);
    await fleet.passTime(100);
    await probe;
    const rest = accounts.filter((account) => account !== accounts[3]);
    let done = 0;
    const all = Promise.all(rest.map((account) => fleet.renewBehind(account).finally(() => (done += 1))));
    while (done < rest.length) {
      const before = done;
      fleet.clock.advance(50);
      // oxlint-disable-next-line eslint/no-unmodified-loop-condition -- each renewal that ends counts
      while (done === before) await nextTurn();
    }
    await all;
    expect(sentAt).toHaveLength(200);
    const inTheSecondAfter = sentAt.map((at) => sentAt.filter((one) => one >= at && one < at + 1_000).length);
    expect(Math.max(...inTheSecondAfter)).toBe(20);
    expect(await fleet.openIncidents()).toEqual([]);
  });
});

it('a wait of a day that three users are told holds up nobody else for more than minutes', async () => {
  await open(10);
  const limited = new Set(accounts.slice(0, 3).map(({ id }) => `rt-${id}`));
  fleet.answerEach((request) =>
    limited.has(String(request.form().get('refresh_token')))
      ? { status: 429, headers: { 'retry-after': '86400' } }
      : granted('at'),
  );
  await renewAll(accounts.slice(0, 3));
  fleet.clock.advance(5 * 60_000);
  await fleet.renewBehind(accounts[3]!); // the probe
  await renewAll(accounts.slice(4));
  expect((await looks()).slice(3).every(({ lastRefreshedAt }) => lastRefreshedAt !== null)).toBe(true);
  fleet.posts();
  await renewAll(accounts.slice(0, 3));
  expect(fleet.posts()).toBe(0);
});
