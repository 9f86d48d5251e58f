/** What a caller and a provider may not reach through each other, and what becomes of refused tokens and full providers. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { openProxyWorld, until, wholeOf, type ProxyAnswer, type ProxyWorld } from '../support/proxy-world.js';

let world: ProxyWorld;
beforeAll(async () => {
  world = await openProxyWorld({
    api: {
      headers: { 'x-api-version': '7' },
      allow: [
        { methods: null, paths: ['/**'], roles: ['admin'] },
        { methods: ['GET', 'PUT', 'POST'], paths: ['/open/**', '/thing', '/echo'], roles: ['user'] },
      ],
    },
    environment: { LATCHKEY_CORS_ORIGINS: 'https://app.example' },
  });
});
afterAll(() => world.close());
beforeEach(() => world.api.on('/v1/thing', (_request, response) => response.end('fine')));

const lastHeaders = (): IncomingMessage['headers'] => (world.api.requests.at(-1) as IncomingMessage).headers;

describe('on the way to a provider', () => {
  it('nothing passes that belongs to the connection, to the caller, or to us', async () => {
    const theirs = {
      cookie: 'session=planted',
      forwarded: 'for=10.1.1.1',
      'x-forwarded-for': '10.1.1.1',
      'x-forwarded-host': 'inner',
      x_forwarded_proto: 'https',
      'x-real-ip': '10.1.1.1',
      via: '1.1 inner',
      origin: 'https://app.example',
      referer: 'https://app.example/secret',
      'sec-fetch-site': 'cross-site',
      connection: 'keep-alive, X-Hop',
      'x-hop': 'planted',
      te: 'trailers',
      upgrade: 'h2c',
      'proxy-authorization': 'Basic x',
      'x-http-method-override': 'DELETE',
      'x-original-url': '/admin',
      'x-rewrite-url': '/admin',
      'latchkey-account': world.accountId,
      'x-api-version': '1',
      'user-agent': 'A browser',
    };
    await world.send({ headers: { ...theirs, accept: 'text/plain', 'if-none-match': '"7"', 'x-app': 'kept' } });
    expect(lastHeaders()).toEqual({
      accept: 'text/plain',
      'if-none-match': '"7"',
      'x-app': 'kept',
      'x-api-version': '7',
      authorization: expect.stringMatching(/^Bearer /),
      'accept-encoding': 'identity',
      'user-agent': 'Latchkey',
      host: new URL(world.api.origin).host,
      connection: 'keep-alive',
    });
  });

  it('the JWT of the caller is not the token', async () => {
    const jwt = await world.app.tokenFor('anna');
    await world.send({ headers: { authorization: `Bearer ${jwt}` } });
    expect(lastHeaders().authorization).not.toContain(jwt);
  });
});

describe('on the way back', () => {
  const dropped = {
    'set-cookie': 'a=1',
    'clear-site-data': '"*"',
    'strict-transport-security': 'max-age=1',
    'access-control-allow-origin': '*',
    'access-control-allow-credentials': 'true',
    'alt-svc': 'h3=":443"',
    nel: '{}',
    'report-to': '{}',
    refresh: '0; url=https://evil.example',
    'service-worker-allowed': '/',
    'accept-ch': 'DPR',
    'x-accel-redirect': '/internal/keyring.json',
    'x-sendfile': '/etc/passwd',
    'surrogate-control': 'max-age=1',
    'x-hop': 'planted',
    'www-authenticate': 'Basic realm="a password"',
    'x-echo': '',
  };

  it('nothing passes that acts on our origin or on a server before us', async () => {
    world.api.on('/v1/thing', ({ headers }, response) => {
      const echo = headers.authorization?.slice('Bearer '.length) ?? '';
      response.writeHead(200, { ...dropped, 'x-echo': `token ${echo}`, connection: 'keep-alive, x-hop' }).end();
    });
    const { headers } = await world.send();
    for (const name of Object.keys(dropped)) expect(headers[name], name).toBeUndefined();
  });

  it('a page is sandboxed, is nobody’s frame, and is kept by no cache', async () => {
    world.api.on('/v1/thing', (_request, response) => {
      const theirs = { 'content-security-policy': 'default-src *', 'x-frame-options': 'ALLOWALL' };
      response.writeHead(200, { ...theirs, 'content-type': 'text/html', 'cache-control': 'public, max-age=600' });
      response.end('<script>alert(1)</script>');
    });
    const { headers } = await world.send();
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'; sandbox$/);
    expect(headers).toMatchObject({
      'content-type': 'text/html',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
    });
  });

  it('the rest passes: limits, tags, links, challenges for tokens', async () => {
    const kept = {
      'retry-after': '120',
      'x-ratelimit-limit': '100',
      etag: 'W/"7"',
      link: '<https://api.example/?page=2>; rel="next"',
      'www-authenticate': 'Bearer error="insufficient_scope"',
    };
    world.api.on('/v1/thing', (_request, response) => response.writeHead(404, kept).end());
    expect((await world.send()).headers).toMatchObject(kept);
  });

  it('an address stays what it was: a relative one is the provider’s, and nobody follows it', async () => {
    const moved = async (location: string) => {
      world.api.on('/v1/thing', (_request, response) => response.writeHead(302, { location }).end());
      return (await world.send()).headers.location;
    };
    const before = world.api.requests.length;
    expect(await moved('https://cdn.example/x?a=%20')).toBe('https://cdn.example/x?a=%20');
    expect(await moved('/elsewhere')).toBe(`${world.api.origin}/elsewhere`);
    expect(world.api.requests.length - before).toBe(2);
  });
});

describe('the operator’s rules', () => {
  it('let a user do what they list, and an admin what they list for admins', async () => {
    world.api.on('/v1/shut', (_request, response) => response.end('open'));
    expect(await world.send({ path: '/shut' })).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(await world.send({ path: '/shut', roles: ['admin'] })).toMatchObject({ status: 200 });
    expect(await world.send({ method: 'DELETE' })).toMatchObject({ status: 403 });
    expect(await world.send({ path: '/open%2F..%2Fshut' })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
  });
});

test.each(['/token', '/TOKEN/', '/%74oken', '/token;x', '/token/revocation', '/token/introspection', '/auth'])(
  'the provider’s own endpoint %s is closed, though its origin is the API’s',
  async (path) => {
    const closed = await openClosedWorld();
    const answer = await closed.send({ path, method: 'POST', body: 'token=x' });
    expect(answer).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  },
);

let closedWorld: ProxyWorld | null = null;
/** Whose API is the authorization server itself. */
async function openClosedWorld(): Promise<ProxyWorld> {
  closedWorld ??= await openProxyWorld({ api: (issuer) => ({ base: issuer }) });
  return closedWorld;
}
afterAll(() => closedWorld?.close());

describe('a token that the provider refuses', () => {
  const refuseFirst = (path: string): void => {
    let first: string | undefined;
    world.api.on(path, (request, response) => {
      first ??= request.headers.authorization;
      if (request.headers.authorization === first) response.writeHead(401, { 'x-no': '1' }).end('no');
      else request.pipe(response.writeHead(200));
    });
  };

  it('is renewed once, and a body that is small goes out again', async () => {
    refuseFirst('/v1/echo');
    const before = world.oidc.counts.token;
    const answer = await world.send({ method: 'POST', path: '/echo', body: 'x'.repeat(64 * 1024) });
    expect(answer).toMatchObject({ status: 200, text: 'x'.repeat(64 * 1024) });
    expect(world.oidc.counts.token - before).toBe(1);
  });

  it('is renewed, and the 401 is the answer where the body cannot go out again; the next try works', async () => {
    await world.connect('nina', 'nina');
    refuseFirst('/v1/echo');
    const body = 'x'.repeat(64 * 1024 + 1);
    const headers = { 'content-length': String(body.length) };
    const send = () => world.send({ user: 'nina', method: 'POST', path: '/echo', headers, body });
    expect(await send()).toMatchObject({ status: 401, text: 'no' });
    expect(await send()).toMatchObject({ status: 200 });
  });

  it('twice is the provider’s own answer', async () => {
    let count = 0;
    world.api.on('/v1/thing', (_request, response) => {
      count += 1;
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end('no');
    });
    const answer = await world.send();
    expect(answer).toMatchObject({ status: 401, text: 'no', code: null });
    expect(answer.headers['latchkey-account']).toBe(world.accountId);
    expect(count).toBeLessThanOrEqual(2);
  });

  it('of an account that was withdrawn asks the user', async () => {
    const lost = await world.connect('lea', 'lea');
    world.oidc.revokeGrant('lea');
    world.api.on('/v1/thing', (_request, response) => response.writeHead(401).end());
    const answer = await world.send({ user: 'lea', headers: { 'latchkey-account': lost } });
    expect(answer).toMatchObject({ status: 409, code: 'REAUTHORIZATION_REQUIRED' });
  });
});

describe('a provider that is full', () => {
  const fullFor = (times: number, status: number, headers: Record<string, string>): (() => number) => {
    let count = 0;
    world.api.on('/v1/thing', (request, response) => {
      count += 1;
      if (count <= times) response.writeHead(status, headers).end('full');
      else request.pipe(response.writeHead(200));
    });
    return () => count;
  };
  const send = (request: Parameters<ProxyWorld['send']>[0] = {}): Promise<ProxyAnswer> =>
    world.passTimeUntil(world.send(request));

  it('is asked again after the pause that it names', async () => {
    const count = fullFor(1, 429, { 'retry-after': '3' });
    const startedAt = world.clock.monotonic();
    expect(await send()).toMatchObject({ status: 200 });
    expect(count()).toBe(2);
    expect(world.clock.monotonic() - startedAt).toBeGreaterThanOrEqual(3000);
  });

  it('is asked again with the body that a PUT had', async () => {
    fullFor(1, 503, { 'retry-after': '1' });
    expect(await send({ method: 'PUT', body: 'again' })).toMatchObject({ status: 200, text: 'again' });
  });

  it('is not asked again for what must not be done twice, nor after a long pause; the caller is told', async () => {
    const posts = fullFor(1, 429, { 'retry-after': '1' });
    expect(await send({ method: 'POST', body: 'once' })).toMatchObject({ status: 429, text: 'full' });
    expect(posts()).toBe(1);
    fullFor(1, 429, { 'retry-after': '3600' });
    const answer = await send();
    expect(answer).toMatchObject({ status: 429, text: 'full' });
    expect(answer.headers['retry-after']).toBe('3600');
  });
});

describe('on behalf of a user', () => {
  const onBehalf = { 'latchkey-on-behalf-of': 'anna', 'latchkey-reason': 'Ticket 42, Grüße' };
  const trail = async (): Promise<Record<string, unknown>[]> => {
    const { data } = await world.app.query({
      token: await world.app.tokenFor('anna'),
      query: `{ viewer { auditEvents(first: 100) { nodes { action actorId subjectId accountId reason outcome } } } }`,
    });
    const { viewer } = data as { viewer: { auditEvents: { nodes: Record<string, unknown>[] } } };
    return viewer.auditEvents.nodes.filter(({ action }) => action === 'account.proxied').toReversed();
  };

  it('an admin calls with the user’s token, and the user can read that', async () => {
    expect(await world.send({ user: 'ada', roles: ['admin'], headers: onBehalf })).toMatchObject({ status: 200 });
    const act = { action: 'account.proxied', actorId: 'ada', subjectId: 'anna', reason: 'Ticket 42, Grüße' };
    await expect
      .poll(async () => (await trail()).slice(-2))
      .toEqual([
        { ...act, outcome: 'STARTED', accountId: null },
        { ...act, outcome: 'DONE', accountId: world.accountId },
      ]);
  });

  it('the act lasts as long as the answer flows, and one that is cut has failed', async () => {
    world.api.on('/v1/long', (_request, response) => response.writeHead(200).flushHeaders());
    const sent = await world.begin({ path: '/long', user: 'ada', roles: ['admin'], headers: onBehalf });
    sent.end();
    await once(sent, 'response');
    const outcomes = async () => (await trail()).map(({ outcome }) => outcome);
    expect((await outcomes()).at(-1)).toBe('STARTED');
    sent.destroy();
    await expect.poll(outcomes).toEqual(expect.arrayContaining(['FAILED']));
  });

  it('nobody else does', async () => {
    const before = world.api.requests.length;
    expect(await world.send({ user: 'ben', headers: onBehalf })).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    const unreasoned = { 'latchkey-on-behalf-of': 'anna' };
    expect(await world.send({ user: 'ada', roles: ['admin'], headers: unreasoned })).toMatchObject({ status: 400 });
    expect(world.api.requests).toHaveLength(before);
  });
});

describe('a request that could be read in two ways', () => {
  const raw = async (...lines: string[]): Promise<string> => {
    const { hostname, port, host } = new URL(world.app.url);
    const authorization = `authorization: Bearer ${await world.app.tokenFor('anna')}`;
    const socket = connect({ host: hostname, port: Number(port) });
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
    const [first = '', ...others] = lines;
    socket.write([first, `host: ${host}`, authorization, 'connection: close', ...others].join('\r\n'));
    await once(socket, 'close');
    return text;
  };

  it.each([
    ['two lengths', 'content-length: 4', 'content-length: 5', '', 'abcd'],
    ['a length and chunks', 'content-length: 4', 'transfer-encoding: chunked', '', '0\r\n\r\n'],
    ['another encoding than chunks', 'transfer-encoding: gzip', '', 'abcd'],
    ['chunks that are not the last encoding', 'transfer-encoding: chunked, gzip', '', 'abcd'],
    ['a length with a sign', 'content-length: +4', '', 'abcd'],
    ['a header that is folded', 'x-a: b', ' content-length: 4', '', 'abcd'],
    ['a space before the colon', 'content-length : 4', '', 'abcd'],
  ])('with %s is refused', async (_what, ...lines) => {
    const before = world.api.requests.length;
    expect(await raw('POST /proxy/test/thing HTTP/1.1', ...lines)).toMatch(/^HTTP\/1\.1 400 /);
    expect(world.api.requests).toHaveLength(before);
  });

  it.each([
    'GET http://evil.example/proxy/test/thing HTTP/1.1',
    'GET //evil.example/proxy/test/thing HTTP/1.1',
    'GET /proxy/test/../../token HTTP/1.1',
    'GET /proxy/test/%2e%2e/token HTTP/1.1',
    'GET /proxy/test/a\\..\\..\\token HTTP/1.1',
    'GET /proxy//test/thing HTTP/1.1',
    'GET /proxy/test/thing#x HTTP/1.1',
  ])('"%s" reaches nothing', async (line) => {
    const before = world.api.requests.length;
    expect(await raw(line, '', '')).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(world.api.requests).toHaveLength(before);
  });

  it('asks for another protocol in vain', async () => {
    const headers = { connection: 'upgrade', upgrade: 'websocket' };
    expect(await world.send({ headers })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    expect(await raw('CONNECT /proxy/test/thing HTTP/1.1', '', '')).not.toMatch(/^HTTP\/1\.1 2/);
  });

  it('may wait for 100 Continue before it sends its body', async () => {
    world.api.on('/v1/echo', (request, response) => void request.pipe(response));
    const headers = { expect: '100-continue', 'content-length': '4' };
    const sent = await world.begin({ method: 'POST', path: '/echo', headers });
    sent.flushHeaders();
    await once(sent, 'continue');
    sent.end('body');
    expect(await wholeOf(sent)).toMatchObject({ status: 200, text: 'body' });
    expect(lastHeaders().expect).toBeUndefined();
  });
});

describe('an app in a browser', () => {
  const ask = (origin: string): Promise<ProxyAnswer> =>
    world.send({
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT', authorization: '' },
    });

  it('of a configured origin may send any method and header, and read any header; no other may', async () => {
    const before = world.api.requests.length;
    const known = await ask('https://app.example');
    expect(known.status).toBe(204);
    expect(known.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-headers': '*, authorization',
    });
    expect(known.headers['access-control-allow-methods']).toContain('PUT');
    expect(known.headers['access-control-allow-credentials']).toBeUndefined();
    expect((await ask('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
    expect(world.api.requests).toHaveLength(before);
    const { headers } = await world.send({ headers: { origin: 'https://app.example' } });
    expect(headers['access-control-expose-headers']).toBe('*');
  });
});

test('the log knows which route was called, and nothing of what was asked', async () => {
  world.api.on('/v1/open/planted-name', (_request, response) => response.end());
  const before = world.app.logLines.length;
  await world.send({ path: '/open/planted-name?q=planted-query' });
  await until(() => world.app.logLines.slice(before).some((line) => line.includes('http.answered')));
  expect(world.app.logLines.slice(before).join('\n')).toContain('/proxy/test/*');
  expect(world.app.logLines.slice(before).join('\n')).not.toContain('planted');
});
