import { afterAll, beforeAll, expect, test } from 'vitest';
import { formOf, openFlowWorld, returnTo, submit, type FlowWorld } from '../../support/flow-world.js';

let world: FlowWorld;
beforeAll(async () => {
  world = await openFlowWorld();
});
afterAll(() => world.close());

async function open(oneTimeUrl: string, headers: Record<string, string> = {}) {
  return submit(world.app.url, formOf(await (await fetch(oneTimeUrl)).text()), headers);
}

test('looking at a link, by GET or HEAD, does not open it', async () => {
  const { oneTimeUrl, authorizationUrl } = await world.start('u-look');
  for (const method of ['GET', 'HEAD', 'GET']) expect((await fetch(oneTimeUrl, { method })).status).toBe(200);
  const answer = await open(oneTimeUrl);
  expect(answer.headers.get('location')).toBe(authorizationUrl);
});

test('a link leads to the provider once, by 303, and sets no cookie', async () => {
  const { oneTimeUrl, authorizationUrl } = await world.start('u-once');
  const form = formOf(await (await fetch(oneTimeUrl)).text());
  const answer = await submit(world.app.url, form);
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe(authorizationUrl);
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect((await submit(world.app.url, form)).status).toBe(400);
  const again = await fetch(oneTimeUrl);
  expect(again.status).toBe(400);
  expect(await again.text()).toContain('This link was already used, has expired or was never issued here.');
});

test('a link opened in another browser is finished by its creator with the handle, and by nobody else', async () => {
  const started = await world.start('u-creator', { returnTo });
  const toProvider = (await open(started.oneTimeUrl)).headers.get('location') ?? '';
  const callbackUrl = await world.oidc.approve(toProvider, { login: 'ben' });
  const answer = await submit(world.app.url, formOf(await (await fetch(callbackUrl)).text()));
  const handle = new URL(answer.headers.get('location') ?? '').searchParams.get('latchkey_handle') ?? '';
  expect((await world.complete('u-opener', { handle })).problem?.code).toBe('STATE_INVALID');
  expect((await world.complete('u-creator', { handle })).problem).toBeNull();
});

test('the page of a link is not cached, refers nowhere and has nothing inline', async () => {
  const answer = await fetch((await world.start('u-page')).oneTimeUrl);
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('content-security-policy')).not.toContain('unsafe');
  expect(await answer.text()).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]* src="\/)/);
});

test('a form of another site opens no link', async () => {
  const { oneTimeUrl } = await world.start('u-cross');
  expect((await open(oneTimeUrl, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await open(oneTimeUrl)).status).toBe(303);
});

test.each(['', '?link=', `?link=${'x'.repeat(43)}`, '?link=a&link=b'])(
  'an address without a living link is 4xx (%s)',
  async (query) => {
    expect((await fetch(`${world.app.url}/connect/test${query}`)).status).toBe(400);
  },
);

test("a link does not open under another provider's name", async () => {
  const { oneTimeUrl } = await world.start('u-other');
  expect((await fetch(oneTimeUrl.replace('/connect/test', '/connect/other'))).status).toBe(400);
  expect((await fetch(oneTimeUrl.replace('/connect/test', '/connect/nobody'))).status).toBe(404);
});

test.each([
  ['flow.css', 'text/css'],
  ['loader.js', 'text/javascript'],
  ['mark.svg', 'image/svg+xml'],
])('%s is served from here, with its type, and not sent twice', async (name, type) => {
  const answer = await fetch(`${world.app.url}/assets/${name}`);
  expect(answer.headers.get('content-type')).toContain(type);
  expect((await answer.text()).length).toBeGreaterThan(100);
  const headers = { 'if-none-match': answer.headers.get('etag') ?? '' };
  expect((await fetch(`${world.app.url}/assets/${name}`, { headers })).status).toBe(304);
});
