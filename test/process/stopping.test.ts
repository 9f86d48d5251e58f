/** How the gateway ends when it is asked to, as a process that an operator's supervisor runs. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectUser } from '../support/connected-user.js';
import { prepareGateway, type GatewayPlace } from '../support/gateway-process.js';
import { startOtherProcess } from '../support/other-process.js';
import { sendAlone, type LoneAnswer } from '../support/lone-request.js';
import type { GraphqlAnswer } from '../support/test-app.js';

let place: GatewayPlace;
let token: string;
beforeEach(async () => {
  place = await prepareGateway({ definition: { refreshPolicy: { mode: 'scheduled' } } });
  token = await place.app.tokenFor('anna');
});
afterEach(() => place.close());

const me = '{ me(provider: "test") { name } }';
const anna = { data: { me: { name: 'Anna Example' } } };

/** Runs a statement in a file of the data folder. */
async function run(file: 'latchkey.db' | 'jobs.db', statement: string): Promise<void> {
  const database = await startOtherProcess(join(place.dataFolder, file));
  await database.run(statement);
  await database.end();
}

/** As if their time were over. Not by the provider's refusal: that is believed once in five minutes. */
const endAccessTokens = () => run('latchkey.db', 'UPDATE connected_account SET expires_at = 1, next_refresh_at = 1');

/** Has a user wait for a refresh whose answer the provider holds back. */
async function waitForRefresh(): Promise<{ asked: Promise<GraphqlAnswer>; release: () => void }> {
  place.oidc.expireAccessTokens();
  const hold = place.oidc.hold('token');
  const asked = place.app.query({ query: me, token });
  await hold.arrived;
  return { asked, release: hold.release };
}

async function readiness(): Promise<LoneAnswer | 'refused'> {
  return sendAlone({ url: `${place.app.url}/readyz` }).catch(() => 'refused' as const);
}

/** Asks until the answer is such a one; gives it. */
async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await pause(5);
  }
}

/** A client behind a load balancer: sends as long as /readyz answers 200, each request on a new connection. */
async function loadUntilNotReady(statuses: number[]): Promise<void> {
  const authorization = `Bearer ${token}`;
  for (;;) {
    const ready = await readiness();
    if (ready === 'refused' || ready.status !== 200) return;
    const answer = await sendAlone({
      method: 'POST',
      url: `${place.app.url}/graphql`,
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query: '{ viewer { id connectedAccounts { totalCount } } }' }),
    });
    expect(JSON.parse(answer.text)).toMatchObject({
      data: { viewer: { id: 'anna', connectedAccounts: { totalCount: 1 } } },
    });
    statuses.push(answer.status);
  }
}

test('SIGTERM under load: not ready first, then no new connection, and every answer arrives', async () => {
  const gateway = await place.start({ LATCHKEY_STOP_DELAY_SECONDS: '3' });
  await connectUser({ ...place, token, login: 'anna' });
  const { asked, release } = await waitForRefresh();
  const statuses: number[] = [];
  const load = Promise.all(Array.from({ length: 4 }, () => loadUntilNotReady(statuses)));
  await until(
    async () => statuses.length,
    (answered) => answered >= 8,
  );

  gateway.kill('SIGTERM');
  const notReady = await until(readiness, (answer) => answer === 'refused' || answer.status === 503);
  expect(notReady).toMatchObject({ status: 503, text: '{"status":"draining"}' });
  await load;
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect((await sendAlone({ url: `${place.app.url}/healthz` })).status).toBe(200); // it lives, and is not restarted for this

  await until(readiness, (answer) => answer === 'refused');
  release();
  expect(await asked).toMatchObject({ status: 200, data: { me: { name: 'Anna Example' } } });
  expect(await gateway.ended).toEqual({ code: 0, signal: null });
  expect(gateway.output().stderr).not.toMatch(/error/i);

  // The refresh token that came in the last moment is the only one that the provider still takes.
  await endAccessTokens();
  await place.start();
  expect(await place.app.query({ query: me, token })).toMatchObject(anna);
});

test('a caller who goes away while the gateway ends loses nothing: the refresh is kept before the process ends', async () => {
  const gateway = await place.start({ LATCHKEY_STOP_DELAY_SECONDS: '0' });
  await connectUser({ ...place, token, login: 'anna' });
  place.oidc.expireAccessTokens();
  const hold = place.oidc.hold('token');
  const leaving = new AbortController();
  const asked = fetch(`${place.app.url}/graphql`, {
    method: 'POST',
    signal: leaving.signal,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: me }),
  });
  await hold.arrived;
  leaving.abort();
  await expect(asked).rejects.toThrow();
  gateway.kill('SIGTERM');
  await until(readiness, (answer) => answer === 'refused');
  hold.release();
  expect(await gateway.ended).toEqual({ code: 0, signal: null });

  await endAccessTokens();
  await place.start();
  expect(await place.app.query({ query: me, token })).toMatchObject(anna);
});

test('alarms that ring and the sweep are waited for too: each refresh that is under way is kept, and none is begun', async () => {
  const people = ['anna', 'ben', 'cleo', 'dora', 'emil', 'fay'];
  const first = await place.start({ LATCHKEY_STOP_DELAY_SECONDS: '0' });
  for (const login of people) await connectUser({ ...place, token: await place.app.tokenFor(login), login });
  first.kill('SIGTERM');
  expect(await first.ended).toEqual({ code: 0, signal: null });
  await endAccessTokens();
  await run('jobs.db', 'UPDATE job SET next_run_at = 1');

  const before = place.oidc.counts.token;
  const holds = people.map(() => place.oidc.hold('token'));
  const second = await place.start({ LATCHKEY_STOP_DELAY_SECONDS: '0' });
  await Promise.all(holds.map(({ arrived }) => arrived));
  second.kill('SIGTERM');
  await until(readiness, (answer) => answer === 'refused');
  for (const { release } of holds) release();
  expect(await second.ended).toEqual({ code: 0, signal: null });
  expect(place.oidc.counts.token - before).toBe(people.length);

  await endAccessTokens();
  await place.start();
  for (const login of people) {
    const answer = await place.app.query({ query: me, token: await place.app.tokenFor(login) });
    expect(answer).toMatchObject({ data: { me: { name: expect.any(String) } } });
  }
});

test('a second signal ends it at once, with exit code 1', async () => {
  const gateway = await place.start();
  await connectUser({ ...place, token, login: 'anna' });
  const { asked } = await waitForRefresh();
  const cutOff = expect(asked).rejects.toThrow();
  gateway.kill('SIGTERM');
  await gateway.until('gateway.stopping');
  gateway.kill('SIGINT');
  expect(await gateway.ended).toEqual({ code: 1, signal: null });
  expect(gateway.output().stdout).toContain('gateway.stop_forced');
  expect(gateway.output().stdout).not.toContain('gateway.stop_timed_out');
  await cutOff;
});

test('after 10 s it ends without what is still under way, says so, and exits with code 1', async () => {
  const gateway = await place.start({ LATCHKEY_STOP_DELAY_SECONDS: '0' });
  await connectUser({ ...place, token, login: 'anna' });
  const { asked } = await waitForRefresh();
  const cutOff = expect(asked).rejects.toThrow();
  gateway.kill('SIGTERM');
  expect(await gateway.ended).toEqual({ code: 1, signal: null });
  expect(gateway.output().stdout).toMatch(/"event":"gateway.stop_timed_out","afterMs":10000/);
  await cutOff;
});
