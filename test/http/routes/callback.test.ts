import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../../src/database/open-database.js';
import { entities, migrations } from '../../../src/entities.js';
import { flowResults } from '../../../src/http/pages/flow-result.js';
import { formOf, openFlowWorld, returnTo, submit, type FlowWorld, type StartedFlow } from '../../support/flow-world.js';
import { silentLog } from '../../support/silent-log.js';
import { createTestClock } from '../../support/test-clock.js';

let world: FlowWorld;
let tokenPosts = 0;
beforeAll(async () => {
  world = await openFlowWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  tokenPosts = world.oidc.counts.token;
});

const exchanges = () => world.oidc.counts.token - tokenPosts;

async function signIn(started: StartedFlow, login = 'anna') {
  return world.oidc.approve(started.authorizationUrl, { login });
}

const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** Opens the callback and lets its page post itself. */
async function comeBack(callbackUrl: string, cookie = '', headers: Record<string, string> = {}) {
  const page = await fetch(callbackUrl, { headers: { cookie } });
  return submit(world.app.url, formOf(await page.text()), { cookie, ...headers });
}

async function outcomePage(answer: Response) {
  const page = await fetch(new URL(answer.headers.get('location') ?? '', world.app.url));
  return { status: page.status, text: await page.text() };
}

test('a GET of the callback shows the loader and spends nothing, however often', async () => {
  const started = await world.start('u-get');
  const callbackUrl = await signIn(started);
  for (const method of ['GET', 'HEAD', 'GET']) {
    const answer = await fetch(callbackUrl, { method, headers: { cookie: started.cookie, purpose: 'prefetch' } });
    expect(answer.status).toBe(200);
  }
  expect(exchanges()).toBe(0);
  expect((await world.complete('u-get', { callbackUrl })).problem).toBeNull();
});

test('the page of the callback is not cached, refers nowhere, loads nothing of others and has nothing inline', async () => {
  const answer = await fetch(await signIn(await world.start('u-page')));
  const page = await answer.text();
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(page).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]* src="\/)|(src|href)="https?:/);
  expect(page.match(/<script[^>]*>/g)).toEqual(['<script src="/assets/loader.js" defer>']);
});

test('the browser that started is connected and goes back to the app, by 303', async () => {
  const started = await world.start('u-cookie', { returnTo });
  const answer = await comeBack(await signIn(started), started.cookie);
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe('https://app.example/done?from=latchkey&latchkey_outcome=connected');
});

test('without a way back the page says where to go on', async () => {
  const started = await world.start('u-words');
  const page = await outcomePage(await comeBack(await signIn(started), started.cookie));
  expect(page.status).toBe(200);
  expect(page.text).toContain('<h1>You can close this page</h1>');
});

test('the page of success claims nothing to those who make its address up, and is there for providers that are', async () => {
  const page = await fetch(`${world.app.url}/oauth/callback/test/outcome?result=connected`);
  const text = await page.text();
  expect(text).toContain('there you see whether Test &#38; Sons is connected');
  expect(text.replace('whether Test &#38; Sons is connected', '')).not.toContain('connected');
  for (const provider of ['nobody', '__proto__', '%3Cb%3E']) {
    const none = await fetch(`${world.app.url}/oauth/callback/${provider}/outcome?result=connected`);
    expect(none.status).toBe(404);
  }
});

test('the cookie of the start is taken back with the answer that ends the attempt, as it was set', async () => {
  const started = await world.start('u-clear', { returnTo });
  const form = formOf(await (await fetch(await signIn(started))).text());
  const answer = await submit(world.app.url, form, { cookie: started.cookie });
  const [line = ''] = started.setCookie;
  const spent = line.replace(/=[^;]+/, '=').replace(/Max-Age=\d+/, 'Max-Age=0');
  expect(spent).toMatch(/^latchkey_[\w-]{16}=; Max-Age=0; Path=\/; HttpOnly; SameSite=Lax$/);
  expect(answer.headers.getSetCookie()).toEqual([spent]);
});

test('a browser that proved nothing has no cookie taken back', async () => {
  const started = await world.start('u-keep', { returnTo });
  const answer = await comeBack(await signIn(started));
  expect(answer.headers.getSetCookie()).toEqual([]);
});

test('the cookie that proves the browser is hidden from scripts and from other sites', async () => {
  const [cookie, ...more] = (await world.start('u-jar')).setCookie;
  expect(more).toEqual([]);
  expect(cookie).toMatch(/^latchkey_[\w-]+=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
});

test('another browser brings a handle to the app, with which its user finishes', async () => {
  const started = await world.start('u-handle', { returnTo });
  const answer = await comeBack(await signIn(started));
  expect(answer.status).toBe(303);
  const location = new URL(answer.headers.get('location') ?? '');
  expect(location.origin + location.pathname).toBe('https://app.example/done');
  expect(answer.headers.get('location')).not.toContain('code=');
  expect(exchanges()).toBe(0);
  const handle = location.searchParams.get('latchkey_handle') ?? '';
  expect((await world.complete('u-stranger', { handle })).problem?.code).toBe('STATE_INVALID');
  expect((await world.complete('u-handle', { handle })).account).toMatchObject({ externalId: 'anna' });
});

test('another browser without a way back is told so in words, with a status in the 400s', async () => {
  const page = await outcomePage(await comeBack(await signIn(await world.start('u-elsewhere'))));
  expect(page.status).toBe(403);
  expect(page.text).toContain('This is another browser');
  expect(exchanges()).toBe(0);
});

test("a no at the provider is told in our words, never in the provider's", async () => {
  const started = await world.start('u-no');
  const callbackUrl = await world.oidc.approve(started.authorizationUrl, { login: 'anna', consent: false });
  const loader = await (await fetch(callbackUrl)).text();
  expect(loader).not.toContain('<b>');
  const page = await outcomePage(await comeBack(callbackUrl, started.cookie));
  expect(page.text).toContain('Access was not granted');
  expect(page.text).not.toContain('planted');
});

test('a problem is named to the app by its code', async () => {
  const started = await world.start('u-code', { returnTo });
  const callbackUrl = await world.oidc.approve(started.authorizationUrl, { login: 'anna', consent: false });
  const answer = await comeBack(callbackUrl, started.cookie);
  expect(answer.headers.get('location')).toContain('latchkey_outcome=AUTHORIZATION_DENIED');
});

test('a provider that is down is at fault on the page, not the person', async () => {
  const started = await world.start('u-down');
  const callbackUrl = await signIn(started);
  world.oidc.interfere('token', { status: 503 });
  const page = await outcomePage(await comeBack(callbackUrl, started.cookie));
  expect(page.text).toContain('That is not your fault');
});

test.each([
  ['no state', ''],
  ['a state that was never issued', `?code=x&state=${'y'.repeat(43)}`],
  ['a state twice', '?code=x&state=1&state=2'],
  ['an error and no state', '?error=access_denied&error_description=planted'],
])('a callback with %s answers 4xx to every method and costs no token request', async (_, query) => {
  const address = `${world.app.url}/oauth/callback/test${query}`;
  const fields = new URLSearchParams(query);
  const posted = await submit(world.app.url, { action: '/oauth/callback/test', fields });
  for (const answer of [await fetch(address), await fetch(address, { method: 'HEAD' }), posted]) {
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(await answer.text()).not.toContain('planted');
  }
  expect(exchanges()).toBe(0);
});

test("a state of one provider is refused at another's address, without a request to either", async () => {
  const started = await world.start('u-mixup', { returnTo });
  const moved = (await signIn(started)).replace('/callback/test', '/callback/other');
  const answer = await fetch(moved, { headers: { cookie: started.cookie } });
  expect(answer.status).toBe(400);
  const form = { action: '/oauth/callback/other', fields: new URL(moved).searchParams };
  expect((await submit(world.app.url, form, { cookie: started.cookie })).status).toBe(400);
  expect(exchanges() + world.otherOidc.counts.token).toBe(0);
});

test.each([
  ['Sec-Fetch-Site says cross-site', { 'sec-fetch-site': 'cross-site' }],
  ['Sec-Fetch-Site says same-site', { 'sec-fetch-site': 'same-site' }],
])('a post whose %s is refused with a page and does nothing', async (_, headers) => {
  const started = await world.start('u-cross', { returnTo });
  const callbackUrl = await signIn(started);
  const answer = await comeBack(callbackUrl, started.cookie, headers);
  expect(answer.status).toBe(403);
  expect(await answer.text()).toContain('Sent from another site');
  expect(exchanges()).toBe(0);
  expect((await comeBack(callbackUrl, started.cookie)).status).toBe(303);
});

test('where the browser says no more than an origin, another one is refused', async () => {
  const started = await world.start('u-origin');
  const form = { action: '/oauth/callback/test', fields: new URL(await signIn(started)).searchParams };
  const post = (origin: string) =>
    fetch(`${world.app.url}/oauth/callback/test`, {
      method: 'POST',
      body: form.fields,
      redirect: 'manual',
      headers: { origin, cookie: started.cookie },
    });
  expect((await post('https://evil.example')).status).toBe(403);
  expect((await post(world.app.url)).status).toBe(303);
});

test('twenty posts at once are one exchange and one outcome', async () => {
  const started = await world.start('u-twenty', { returnTo });
  const form = formOf(await (await fetch(await signIn(started))).text());
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => submit(world.app.url, form, { cookie: started.cookie })),
  );
  expect(new Set(answers.map((answer) => answer.headers.get('location'))).size).toBe(1);
  expect(answers[0]?.headers.get('location')).toContain('latchkey_outcome=connected');
  expect(exchanges()).toBe(1);
});

test('an answer that another process is at gets a page to look again on, and the truth after its deadline', async () => {
  const clock = createTestClock(Date.now());
  const own = await openFlowWorld({}, { clock });
  const database = await openDatabase({ config: own.app.config.database, entities, migrations, log: silentLog });
  const started = await own.start('u-slow');
  const page = await fetch(await own.oidc.approve(started.authorizationUrl, { login: 'anna' }));
  const form = formOf(await page.text());
  await submit(own.app.url, form, { cookie: started.cookie });
  const deadline = clock.now() + 90_000; // as if it had not come to its end yet
  await database.write((transaction) =>
    transaction.query(`UPDATE completed_authorization SET status = 'EXCHANGING', deadline_at = ${deadline}`),
  );

  const answering = submit(own.app.url, form, { cookie: started.cookie });
  const answered = answering.then(() => 'answered');
  while ((await Promise.race([answered, nextTurn()])) !== 'answered') clock.advance(10);
  const answer = await answering;
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  const again = await answer.text();
  expect(again).toContain('This connection is still being finished, or was interrupted');
  expect([...formOf(again).fields]).toEqual([...form.fields]);

  clock.advance(90_000);
  const end = await submit(own.app.url, formOf(again), { cookie: started.cookie });
  expect(end.headers.get('location')).toBe('/oauth/callback/test/outcome?result=interrupted');
  await database.close();
  await own.close();
});

test('what stands in the address is shown as text at most', async () => {
  const started = await world.start('u-markup');
  const hostile = '"><script>alert(1)</script>';
  const callbackUrl = `${await signIn(started)}&error=${encodeURIComponent(hostile)}`;
  const page = await (await fetch(callbackUrl)).text();
  expect(page).not.toContain('<script>alert');
  expect(formOf(page).fields.get('error')).toBe(hostile);
});

test('the form carries what makes an answer and nothing else that stood in the address', async () => {
  const callbackUrl = await signIn(await world.start('u-fields'));
  const more = 'submit=1&action=2&requestSubmit=3&method=4&error_description=5&session_state=6&scope=7';
  const page = await (await fetch(`${callbackUrl}&${more}`)).text();
  expect([...formOf(page).fields.keys()].toSorted()).toEqual(['code', 'iss', 'state']);
});

test('the longest code that is taken passes by GET and by POST, a longer one by neither, and the page names it', async () => {
  const started = await world.start('u-long');
  const callbackUrl = await signIn(started);
  const withCode = (code: string) => {
    const address = new URL(callbackUrl);
    address.searchParams.set('code', code);
    return address;
  };
  for (const code of ['x'.repeat(4_097), 'x'.repeat(7_500)]) {
    const address = withCode(code);
    const form = { action: address.pathname, fields: address.searchParams };
    for (const answer of [await fetch(address), await submit(world.app.url, form, { cookie: started.cookie })]) {
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('The value of &#34;code&#34; is longer than 4096 characters');
    }
  }
  const page = await fetch(withCode('/'.repeat(4_096))); // each of them three bytes on the way
  expect(page.status).toBe(200);
  const answer = await submit(world.app.url, formOf(await page.text()), { cookie: started.cookie });
  expect(answer.status).toBe(303);
  expect(exchanges()).toBe(1);
});

test('every outcome has a page in words, with its status', async () => {
  for (const [result, { status, title }] of Object.entries(flowResults)) {
    const page = await fetch(`${world.app.url}/oauth/callback/test/outcome?result=${result}`);
    expect(page.status).toBe(status);
    expect(await page.text()).toContain(title('Test &#38; Sons'));
  }
});

test.each([
  'outcome',
  'outcome?result=',
  'outcome?result=<b>',
  'outcome?result=toString',
  'outcome?result=connected&result=denied',
])('an outcome that is not on the list is no page (%s)', async (path) => {
  const page = await fetch(`${world.app.url}/oauth/callback/test/${path}`);
  expect(page.status).toBe(404);
  expect(await page.text()).not.toContain('<b>');
});

test('a provider that is not set up has no callback', async () => {
  const page = await fetch(`${world.app.url}/oauth/callback/nobody?code=x&state=y`);
  expect(page.status).toBe(404);
  expect(await page.text()).toContain('No such provider');
});

test('no code, state, cookie or handle is in the log', async () => {
  const started = await world.start('u-log', { returnTo });
  const callbackUrl = await signIn(started);
  const answer = await comeBack(callbackUrl);
  const handle = new URL(answer.headers.get('location') ?? '').searchParams.get('latchkey_handle') ?? '';
  await world.complete('u-log', { handle });
  const log = world.app.logLines.join('\n');
  const cookieValue = started.cookie.split('=')[1] ?? '';
  for (const secret of [new URL(callbackUrl).searchParams.get('code'), started.state, handle, cookieValue]) {
    expect(secret).toMatch(/^.{20,}$/);
    expect(log).not.toContain(secret);
  }
  expect(log).toContain('http.'); // the log was kept
});
