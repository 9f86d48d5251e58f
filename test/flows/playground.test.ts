import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DevelopmentGateway } from '../../src/demo/development-gateway.js';
import { isSkippedWithoutBrowser, noBrowser, openBrowser, type TestBrowser } from '../support/browser.js';
import { openDevelopmentGateway } from '../support/development-gateway.js';

const withBrowser = test.skipIf(isSkippedWithoutBrowser);
if (isSkippedWithoutBrowser) process.stderr.write(`The playground is not tested: ${noBrowser}.\n`);

let gateway: DevelopmentGateway;
let browser: TestBrowser;

beforeAll(async () => {
  if (isSkippedWithoutBrowser) return;
  [gateway, browser] = await Promise.all([openDevelopmentGateway(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

withBrowser('a user connects the demo provider in the playground and reads me', async () => {
  const page = await openPlayground();
  expect(await connectionOf(page)).toContain('not connected');

  const provider = await pressConnect(page);
  await provider.getByLabel('Login or email').fill('ada');
  await provider.getByLabel('Password').fill('engine-1843');
  await provider.getByRole('button', { name: 'Sign in', exact: true }).click();
  await provider.getByRole('button', { name: 'Allow' }).click();
  await provider.getByRole('heading', { name: 'You can close this page' }).waitFor();
  await provider.close();

  await page.bringToFront();
  await page.evaluate('dispatchEvent(new Event("focus"))');
  await page.getByText('Demo provider is connected.').waitFor();
  expect(await connectionOf(page)).toContain('Ada Lovelace');

  const answer = await run(page, 'Me');
  expect(answer).toMatchObject({ data: { me: { name: 'Ada Lovelace', email: 'ada@demo.example' } } });
});

withBrowser('an admin reads the same on the user’s behalf, and the user sees who did and why', async () => {
  const page = await openPlayground();
  await page.getByRole('button', { name: 'Admin' }).click();
  expect(await run(page, 'OnBehalf')).toMatchObject({
    data: { onBehalfOf: { id: 'user-1', profile: { name: 'Ada Lovelace' } } },
  });
  await page.getByRole('button', { name: 'User', exact: true }).click();
  const { data } = await run(page, 'Audit');
  expect(data.viewer?.auditEvents?.nodes).toContainEqual(
    expect.objectContaining({ actorId: 'admin-1', action: 'account.read', reason: expect.stringContaining('4711') }),
  );
});

withBrowser('another user sees nothing of the first one’s connection', async () => {
  const page = await openPlayground();
  await page.getByRole('button', { name: 'Other user' }).click();
  expect(await run(page, 'ProfileOrProblem')).toMatchObject({
    data: { viewer: { id: 'user-2', profile: { code: 'NOT_CONNECTED' } } },
  });
});

withBrowser('a person who denies at the demo provider is told so, and nothing is connected', async () => {
  const page = await openPlayground();
  await page.getByRole('button', { name: 'Other user' }).click();
  await page.locator('.connection[data-state=none]').waitFor();
  const provider = await pressConnect(page);
  await provider.getByRole('button', { name: 'Not you?' }).click();
  await provider.getByRole('button', { name: /Grace Hopper/ }).click();
  await provider.getByRole('button', { name: 'Deny' }).click();
  await provider.getByText(/nothing was connected/i).waitFor();
  await provider.close();
  expect(await connectionOf(page)).toContain('not connected');
});

withBrowser(
  'a connection started elsewhere comes back to the playground and is finished by its user alone',
  async () => {
    const { url, tokens } = gateway.facts;
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.otherUser}` },
      body: JSON.stringify({
        query: `mutation { startAuthorization(input: { provider: "demo", returnTo: "${url}/playground" }) { authorizationUrl } }`,
      }),
    });
    const { data } = (await answer.json()) as { data: { startAuthorization: { authorizationUrl: string } } };

    const page = await browser.context.newPage();
    await page.goto(data.startAuthorization.authorizationUrl);
    await signInAsGrace(page);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('A connection waits').waitFor();
    expect(page.url()).toBe(`${url}/playground`);
    await page.getByRole('button', { name: 'Other user' }).click();
    await page.getByRole('button', { name: 'Finish it' }).click();
    await page.getByText('Connected Grace Hopper').waitFor();
  },
);

// Runs last: all that the pages above did is in the record.
withBrowser(
  'no page broke its policy or failed, and nothing but the gateway and the demo provider was asked',
  async () => {
    expect(browser.violations).toEqual([]);
    expect(browser.faults).toEqual([]);
    expect([...browser.origins].toSorted()).toEqual([gateway.facts.url, gateway.facts.demoProvider.url].toSorted());

    // Positive control: a break would have been seen.
    const page = await openPlayground();
    await page.evaluate('document.body.append(Object.assign(new Image(), { src: "http://127.0.0.2/picture" }))');
    await expect.poll(() => browser.violations.join('\n')).toContain('img-src');
  },
);

async function openPlayground(): Promise<Page> {
  const page = await newPage(browser.context);
  await page.goto(gateway.facts.url + '/playground');
  await page.locator('.graphiql-container').waitFor();
  await page.locator('.connection').waitFor();
  return page;
}

/** A page without what the one before left behind. */
async function newPage(context: BrowserContext): Promise<Page> {
  for (const page of context.pages()) await page.close().catch(() => undefined);
  return context.newPage();
}

async function pressConnect(page: Page): Promise<Page> {
  const opened = browser.context.waitForEvent('page');
  await page.locator('.connection button').click();
  const provider = await opened;
  await provider.waitForURL(`${gateway.facts.demoProvider.url}/**`);
  return provider;
}

async function signInAsGrace(page: Page): Promise<void> {
  const other = page.getByRole('button', { name: 'Not you?' });
  const grace = page.getByRole('button', { name: /Grace Hopper/ });
  await other.or(grace).first().waitFor();
  if (await other.isVisible()) await other.click();
  await grace.click();
}

async function connectionOf(page: Page): Promise<string> {
  return page.locator('.connection').innerText();
}

/** What the tests above look into; the rest is compared as a whole. */
interface Answer {
  readonly data: { readonly viewer?: { readonly auditEvents?: { readonly nodes: unknown[] } } };
}

/** Runs the example of this name as a person would, and reads what GraphiQL shows. */
async function run(page: Page, tab: string): Promise<Answer> {
  await page.getByRole('tab', { name: tab }).click();
  const answered = page.waitForResponse(
    (response) => response.url().endsWith('/graphql') && (response.request().postData() ?? '').includes(`query ${tab}`),
  );
  await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
  const answer = (await (await answered).json()) as Answer;
  await page.locator('.result-window').getByText('"data"').waitFor();
  return answer;
}
