import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openConnectWorld, withParameter, type ConnectWorld } from '../support/connect-world.js';

let world: ConnectWorld;
let tokenPosts = 0;
beforeAll(async () => {
  world = await openConnectWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  tokenPosts = world.oidc.counts.token;
});

const planted = 'planted-provider-text<b>';

/** Turns a good callback into an answer with this error and without a code. */
function failWith(callbackUrl: string, error: string): string {
  const refused = withParameter(withParameter(callbackUrl, 'code', null), 'error', error);
  return withParameter(withParameter(refused, 'error_description', planted), 'error_uri', 'https://evil.example/x');
}

const refusals: readonly [name: string, change: (url: string) => string, code: string, words: string][] = [
  [
    'from another issuer',
    (url) => withParameter(url, 'iss', 'https://evil.example'),
    'STATE_INVALID',
    'comes from somebody else',
  ],
  [
    'without an issuer, from a provider that always names itself',
    (url) => withParameter(url, 'iss', null),
    'STATE_INVALID',
    'does not say that it comes from',
  ],
  [
    'with a code and an error',
    (url) => withParameter(url, 'error', 'access_denied'),
    'STATE_INVALID',
    'says yes and no at once',
  ],
  [
    'with neither code nor error',
    (url) => withParameter(url, 'code', null),
    'STATE_INVALID',
    'neither a code nor an error',
  ],
  ['with an empty code', (url) => withParameter(url, 'code', ''), 'STATE_INVALID', 'neither a code nor an error'],
  ['that says no', (url) => failWith(url, 'access_denied'), 'AUTHORIZATION_DENIED', 'Access was not granted'],
  [
    'that says no in the name of another issuer',
    (url) => withParameter(failWith(url, 'access_denied'), 'iss', 'https://evil.example'),
    'STATE_INVALID',
    'comes from somebody else',
  ],
  ['with server_error', (url) => failWith(url, 'server_error'), 'PROVIDER_UNAVAILABLE', 'Try again later'],
  [
    'with temporarily_unavailable',
    (url) => failWith(url, 'temporarily_unavailable'),
    'PROVIDER_UNAVAILABLE',
    'Try again later',
  ],
  ['with invalid_scope', (url) => failWith(url, 'invalid_scope'), 'PROVIDER_MISCONFIGURED', '(invalid_scope)'],
  [
    'with unauthorized_client',
    (url) => failWith(url, 'unauthorized_client'),
    'PROVIDER_MISCONFIGURED',
    '(unauthorized_client)',
  ],
  ['with an error of its own', (url) => failWith(url, planted), 'PROVIDER_MISCONFIGURED', 'not known here'],
];

test.each(refusals)(
  'an answer %s consumes the attempt, sends no code and stores nothing',
  async (_, change, code, words) => {
    const callbackUrl = change(await world.signIn(await world.start()));
    const { account, problem } = await world.connect.complete(world.anna, { callbackUrl });
    expect(account).toBeNull();
    expect(problem?.code).toBe(code);
    expect(problem?.message).toContain(words);
    expect(JSON.stringify([problem?.message, problem?.facts, world.log.lines])).not.toContain(planted);
    expect(world.oidc.counts.token - tokenPosts).toBe(0);
    expect(await world.count('pending_authorization')).toBe(0);
    expect(await world.count('connected_account')).toBe(0);
    const again = await world.connect.complete(world.anna, { callbackUrl });
    expect(again.problem?.message).toBe(problem?.message);
  },
);

test('a good answer after a refused one to the same state comes too late', async () => {
  const good = await world.signIn(await world.start());
  await world.connect.complete(world.anna, { callbackUrl: withParameter(good, 'iss', 'https://evil.example') });
  const { problem } = await world.connect.complete(world.anna, { callbackUrl: good });
  expect(problem?.code).toBe('STATE_INVALID');
  expect(world.oidc.counts.token - tokenPosts).toBe(0);
});

test('a person who says no at the provider connects nothing', async () => {
  const callbackUrl = await world.refuse(await world.start());
  expect(new URL(callbackUrl).searchParams.get('error_description')).toContain('planted provider text');
  const { account, problem } = await world.connect.complete(world.anna, { callbackUrl });
  expect(account).toBeNull();
  expect(problem).toMatchObject({ code: 'AUTHORIZATION_DENIED', remedy: 'RECONNECT' });
  expect(problem?.message).not.toContain('planted');
  expect(await world.count('connected_account')).toBe(0);
});

test.each([
  ['a 503', { status: 503 } as const, 'PROVIDER_UNAVAILABLE'],
  ['a web page', { status: 200, body: `<h1>${planted}</h1>` } as const, 'PROVIDER_UNAVAILABLE'],
  ['a 429', { status: 429, headers: { 'retry-after': '7' } } as const, 'PROVIDER_RATE_LIMITED'],
  ['a lost connection', 'lose' as const, 'PROVIDER_UNAVAILABLE'],
  [
    'invalid_client',
    { status: 401, body: `{"error":"invalid_client","error_description":"${planted}"}` } as const,
    'PROVIDER_MISCONFIGURED',
  ],
  ['invalid_grant', { status: 400, body: '{"error":"invalid_grant"}' } as const, 'STATE_INVALID'],
])('a token endpoint that answers with %s is asked once, whatever is repeated', async (_, answer, code) => {
  world.oidc.interfere('token', answer);
  const callbackUrl = await world.signIn(await world.start());
  const first = await world.connect.complete(world.anna, { callbackUrl });
  const again = await world.connect.complete(world.anna, { callbackUrl });
  expect([first.problem?.code, again.problem?.code]).toEqual([code, code]);
  expect(first.problem?.message).not.toContain(planted);
  expect(world.oidc.counts.token - tokenPosts).toBe(1);
  expect(await world.count('connected_account')).toBe(0);
  expect(await world.count('token_set')).toBe(0);
});
