/** The README and the examples are promises: each operation is pasted as it stands into a started gateway. */
import { readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DevelopmentGateway } from '../../src/demo/development-gateway.js';
import { browserPath, noBrowser, openBrowser } from '../support/browser.js';
import { startAuthorization } from '../support/connected-user.js';
import { approveAtDemo } from '../support/demo-browser.js';
import { openDevelopmentGateway } from '../support/development-gateway.js';
import { follow } from '../support/event-reader.js';
import { startOidcProvider } from '../support/oidc-provider.js';
import { projectRoot } from '../support/source-tree.js';
import { startTestApp } from '../support/test-app.js';

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
const ada = { login: 'ada', password: 'engine-1843' };

let gateway: DevelopmentGateway;

beforeAll(async () => {
  gateway = await openDevelopmentGateway();
});
afterAll(() => gateway.close());

interface Answer {
  readonly data: Readonly<Record<string, Record<string, unknown> | null>>;
  readonly errors?: readonly unknown[];
}

async function send(who: 'user' | 'admin', query: string, variables: object = {}): Promise<Answer> {
  const response = await fetch(`${gateway.facts.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.facts.tokens[who]}` },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text ?? '');
}

function whoOf(operation: string): 'user' | 'admin' {
  return operation.startsWith('# as the admin') ? 'admin' : 'user';
}

test('the three operations of the README work in their order when pasted', async () => {
  const operations = blocks('graphql').map((text) => text.replace('http://127.0.0.1:4000', gateway.facts.url));
  expect(operations).toHaveLength(3);
  const [start = '', me = '', onBehalf = ''] = operations;

  const started = await send(whoOf(start), start);
  expect(started.errors).toBeUndefined();
  const callbackUrl = await approveAtDemo(String(started.data['startAuthorization']?.['authorizationUrl']), ada);
  const completed = await send('user', completeOperation, { answer: { callbackUrl } });
  expect(completed.data['completeAuthorization']).toMatchObject({ problem: null });

  const read = await send(whoOf(me), me);
  expect(read.data['me']).toMatchObject({ name: 'Ada Lovelace', account: { status: 'ACTIVE' } });
  const behalf = await send(whoOf(onBehalf), onBehalf);
  expect(behalf.data['onBehalfOf']).toEqual({ profile: { name: 'Ada Lovelace', email: 'ada@demo.example' } });
});

test('the curl line of the README follows what happens, when pasted beside the folder of npm start', async () => {
  const line = blocks('sh').find((text) => text.startsWith('curl -N ')) ?? '';
  const [, url = '', headerFile = ''] = /^curl -N (\S+) -H @\.latchkey\/(\S+)/.exec(line) ?? [];
  const headers = [...line.matchAll(/-H '([^:']+): ([^']+)'/g)].map(([, name = '', value = '']) => [name, value]);
  const [, body = ''] = /-d '(.+)'/.exec(line) ?? [];
  const [authorization = '', token = ''] = (await readFile(join(gateway.folder, headerFile), 'utf8'))
    .trim()
    .split(': ');
  const reader = await follow(url.replace('http://127.0.0.1:4000', gateway.facts.url), null, {
    body,
    headers: { ...Object.fromEntries(headers), [authorization]: token },
  });
  expect(await reader.nextChange()).toMatchObject({ type: 'RESYNC' });
  const accountId = await connectedAccount();
  expect(await reader.nextChange()).toMatchObject({ type: 'CONNECTED', accountId, account: { status: 'ACTIVE' } });
  reader.close();
});

const completeOperation = readFileSync(join(projectRoot, 'schema/examples/complete-authorization.graphql'), 'utf8');

/** What a reader would fill in for each example's variables. Connects a new account for those that need one. */
const variablesOf: Readonly<Record<string, () => Promise<object>>> = {
  'audit-events': async () => ({}),
  'complete-authorization': async () => ({ answer: { callbackUrl: await approvedCallback() } }),
  'connected-accounts': async () => ({ status: 'ACTIVE' }),
  'disconnect-account': async () => ({ accountId: await connectedAccount() }),
  me: async () => ({ provider: 'demo', accountId: await connectedAccount() }),
  'on-behalf-of': async () => ({ userId: 'user-1', reason: 'Ticket 4711', provider: 'demo' }),
  'override-refresh-policy': async () => ({
    accountId: await connectedAccount(),
    userId: 'user-1',
    reason: 'Ticket 4711',
    policy: { mode: 'SCHEDULED' },
  }),
  providers: async () => ({}),
  'record-activity': async () => ({ provider: 'demo' }),
  'refresh-account': async () => ({ accountId: await connectedAccount() }),
  'refresh-history': async () => ({ accountId: await connectedAccount() }),
  'start-authorization-on-behalf': async () => ({
    provider: 'demo',
    returnTo: `${gateway.facts.url}/playground`,
    userId: 'user-1',
    reason: 'Ticket 4711',
  }),
  'start-authorization': async () => ({ provider: 'demo' }),
  'two-providers': async () => ({ first: 'demo', second: 'demo' }),
  'webhook-deliveries': async () => ({}),
  'viewer-profile': async () => ({ provider: 'demo' }),
};

const examples = readdirSync(join(projectRoot, 'schema/examples')).map((name) => name.replace(/\.graphql$/, ''));

test('every example has its variables here, and every variable its example', () => {
  expect(Object.keys(variablesOf).toSorted()).toEqual(examples.toSorted());
});

test.each(examples)('the example %s runs as it stands', async (name) => {
  const operation = readFileSync(join(projectRoot, `schema/examples/${name}.graphql`), 'utf8');
  const who = operation.startsWith('# For admins') ? 'admin' : 'user';
  const answer = await send(who, operation, await variablesOf[name]?.());
  expect(answer.errors).toBeUndefined();
  for (const [field, value] of Object.entries(answer.data)) expect(value, field).not.toBeNull();
});

async function approvedCallback(): Promise<string> {
  const start = 'mutation { startAuthorization(input: { provider: "demo" }) { authorizationUrl } }';
  const { data } = await send('user', start);
  return approveAtDemo(String(data['startAuthorization']?.['authorizationUrl']), ada);
}

async function connectedAccount(): Promise<string> {
  const { data } = await send('user', completeOperation, { answer: { callbackUrl: await approvedCallback() } });
  const { account } = data['completeAuthorization'] as { account: { id: string } };
  return account.id;
}

if (browserPath === null) process.stderr.write(`The README's callback page is not tested: ${noBrowser}.\n`);

test.skipIf(browserPath === null)('the README’s callback page finishes the connection in a real browser', async () => {
  const oidc = await startOidcProvider();
  const page = await servePage();
  const appOrigin = `http://127.0.0.1:${(page.server.address() as AddressInfo).port}`;
  const app = await startTestApp({
    providers: () => [oidc.provider({ redirectUris: [`${appOrigin}/connected`] })],
    environment: { LATCHKEY_CORS_ORIGINS: appOrigin },
  });
  const browser = await openBrowser();
  try {
    oidc.registerRedirectUri(`${appOrigin}/connected`);
    const token = await app.tokenFor('anna');
    page.answerWith(callbackPage({ latchkeyUrl: app.url, token, code: blocks('js')[0] ?? '' }));
    const { authorizationUrl } = await startAuthorization({ app, token }, { redirectUri: `${appOrigin}/connected` });
    const callbackUrl = await oidc.approve(authorizationUrl, { login: 'anna' });

    const tab = await browser.context.newPage();
    await tab.goto(callbackUrl);
    await tab.getByText('Connected: ').waitFor();
    expect(tab.url()).toBe(`${appOrigin}/connected`);
    expect(browser.faults).toEqual([]);
  } finally {
    await browser.close();
    await app.close();
    await oidc.close();
    page.server.close();
  }
});

/** The app around the README's lines: its session and its way to show a text. */
function callbackPage({ latchkeyUrl, token, code }: { latchkeyUrl: string; token: string; code: string }): string {
  return `<!doctype html><link rel="icon" href="data:," /><p id="status"></p><script type="module">
    const latchkeyUrl = ${JSON.stringify(latchkeyUrl)};
    const getSessionToken = async () => ${JSON.stringify(token)};
    const show = (text) => { document.querySelector('#status').textContent = text; };
    ${code}
  </script>`;
}

async function servePage(): Promise<{ server: Server; answerWith(html: string): void }> {
  let page = '';
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, answerWith: (html) => void (page = html) };
}
