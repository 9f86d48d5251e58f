/** How the gateway ends when it is asked to, as a process that an operator's supervisor runs. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectUser } from '../support/connected-user.js';
import { prepareGateway, type GatewayPlace } from '../support/gateway-process.js';
import { sendAlone, type LoneAnswer } from '../support/lone-request.js';
import type { GraphqlAnswer } from '../support/test-app.js';

let place: GatewayPlace;
let token: string;
beforeEach(async () => {
  place = await prepareGateway();
  token = await place.app.tokenFor('anna');
});
afterEach(() => place.close());

const me = '{ me(provider: "test") { name } }';

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
  await place.start();
  place.oidc.expireAccessTokens();
  expect(await place.app.query({ query: me, token })).toMatchObject({ data: { me: { name: 'Anna Example' } } });
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

  await place.start();
  place.oidc.expireAccessTokens();
  expect(await place.app.query({ query: me, token })).toMatchObject({ data: { me: { name: 'Anna Example' } } });
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
