import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { browserPath, noBrowser, openBrowser, type TestBrowser } from '../../support/browser.js';
import { openFlowWorld, type FlowWorld, type StartedFlow } from '../../support/flow-world.js';

const withBrowser = test.skipIf(browserPath === null);
if (browserPath === null) process.stderr.write(`The pages of the flow are not tested: ${noBrowser}.\n`);

let world: FlowWorld;
let browser: TestBrowser;
let page: Page;
let appServer: Server;
let appUrl: string;

beforeAll(async () => {
  if (browserPath === null) return;
  // The app's page sends the browser on to another origin at once, as many do.
  appServer = createServer((request, response) => {
    const { port } = appServer.address() as AddressInfo;
    const [path, query] = (request.url ?? '').split('?');
    if (path === '/done') response.writeHead(302, { location: `http://localhost:${port}/next?${query}` }).end();
    else response.setHeader('content-type', 'text/html').end('<h1>The app goes on</h1>');
  });
  await new Promise<void>((resolve) => appServer.listen(0, '127.0.0.1', resolve));
  appUrl = `http://127.0.0.1:${(appServer.address() as AddressInfo).port}`;
  world = await openFlowWorld({ LATCHKEY_RETURN_TO_URLS: `${appUrl}/done` });
  browser = await openBrowser();
  page = await browser.context.newPage();
});

afterEach(() => {
  expect(browser?.violations ?? []).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  await world?.close();
  appServer?.close();
});

/** Puts the cookie of the start into the browser, as the answer of startAuthorization does there. */
async function takeCookie({ cookie }: StartedFlow): Promise<void> {
  const [name = '', value = ''] = cookie.split('=');
  await browser.context.addCookies([{ name, value, url: world.app.url, httpOnly: true, sameSite: 'Lax' }]);
}

async function signIn(started: { authorizationUrl: string }): Promise<string> {
  return world.oidc.approve(started.authorizationUrl, { login: 'anna' });
}

withBrowser('the address bar loses the code before anything is asked, and the page says what happened', async () => {
  const started = await world.start('b-anna');
  await takeCookie(started);
  const hold = world.oidc.hold('token');
  const coming = page.goto(await signIn(started), { waitUntil: 'commit' });
  await hold.arrived;
  expect(page.url()).toBe(`${world.app.url}/oauth/callback/test`);
  hold.release();
  await coming;
  await page.getByRole('heading', { name: 'You can close this page' }).waitFor();
  expect(page.url()).toBe(`${world.app.url}/oauth/callback/test/outcome?result=connected`);
  expect(await page.title()).toBe('You can close this page');
  await page.goBack().catch(() => null);
  expect(page.url()).not.toContain('code=');
});

withBrowser('the browser reaches the app with a handle, though the app sends it on to another origin', async () => {
  const started = await world.start('b-ben', { returnTo: `${appUrl}/done` });
  await page.goto(await signIn(started));
  await page.getByRole('heading', { name: 'The app goes on' }).waitFor();
  expect(new URL(page.url()).hostname).toBe('localhost');
  const handle = new URL(page.url()).searchParams.get('latchkey_handle') ?? '';
  expect((await world.complete('b-ben', { handle })).problem).toBeNull();
});

withBrowser('no name in the address stands in the way of the form', async () => {
  const started = await world.start('b-names');
  await takeCookie(started);
  await page.goto(`${await signIn(started)}&submit=1&requestSubmit=2&querySelector=3&action=4`);
  await page.waitForURL('**/outcome?result=connected');
});

withBrowser('where no script runs, a button goes on', async () => {
  const started = await world.start('b-carla');
  await takeCookie(started);
  await page.route('**/assets/loader.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }));
  await page.goto(await signIn(started));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'You can close this page' }).waitFor();
  await page.unroute('**/assets/loader.js');
});

withBrowser('a link of a mail leads to the provider by itself', async () => {
  const started = await world.start('b-dora');
  await page.goto(started.oneTimeUrl);
  await page.waitForURL((url) => url.origin === world.oidc.issuer);
});

withBrowser('a used link says so, in light and in dark', async () => {
  const started = await world.start('b-ella');
  await page.goto(started.oneTimeUrl);
  await page.waitForURL((url) => url.origin === world.oidc.issuer);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto(started.oneTimeUrl);
    await page.getByRole('heading', { name: 'This link does not work' }).waitFor();
    const colours = await page.evaluate(
      'JSON.stringify([getComputedStyle(document.querySelector("h1")).color, getComputedStyle(document.querySelector("main")).backgroundColor])',
    );
    expect(colours).toBe(
      colorScheme === 'light' ? '["rgb(27, 26, 46)","rgb(255, 255, 255)"]' : '["rgb(241, 240, 251)","rgb(25, 24, 41)"]',
    );
  }
});

withBrowser('the pages ask nobody but us, the provider and the app', () => {
  const known = new Set([world.app.url, world.oidc.issuer, appUrl, appUrl.replace('127.0.0.1', 'localhost')]);
  expect([...browser.origins].filter((origin) => !known.has(origin))).toEqual([]);
});
