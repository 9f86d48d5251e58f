import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { openProxyWorld, until, wholeOf, type ProxyWorld } from '../support/proxy-world.js';

let world: ProxyWorld;
beforeAll(async () => {
  world = await openProxyWorld();
});
afterAll(() => world.close());

const lastRequest = (): IncomingMessage => world.api.requests.at(-1) as IncomingMessage;

describe('a call through the proxy', () => {
  it('reaches the API below its base with the user’s token, and its answer comes back as it is', async () => {
    world.api.on('/v1/thing', (_request, response) => {
      response.writeHead(418, { 'content-type': 'text/tea', etag: '"7"', 'x-ratelimit-remaining': '3' });
      response.end('short and stout');
    });
    const answer = await world.send({ path: '/thing?a=1&b=%20x' });
    expect(answer).toMatchObject({ status: 418, text: 'short and stout' });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/tea',
      etag: '"7"',
      'x-ratelimit-remaining': '3',
      'latchkey-account': world.accountId,
    });
    expect(lastRequest().url).toBe('/v1/thing?a=1&b=%20x');
    expect(lastRequest().headers.authorization).toMatch(/^Bearer .{20,}/);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT'])(
    'may be a %s with a body of any type',
    async (method) => {
      world.api.on('/v1/echo', (request, response) => void request.pipe(response));
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const headers = { 'content-type': 'weird', 'content-length': '256' };
      const answer = await world.send({ method, path: '/echo', headers, body: bytes });
      expect(lastRequest().method).toBe(method);
      expect(lastRequest().headers['content-type']).toBe('weird');
      expect(answer.bytes.equals(bytes)).toBe(true);
    },
  );

  it('may be a HEAD, whose length is told and whose body is not', async () => {
    world.api.on('/v1/thing', (_request, response) => response.writeHead(200, { 'content-length': 1234 }).end());
    const answer = await world.send({ method: 'HEAD' });
    expect(answer.headers['content-length']).toBe('1234');
    expect(answer.bytes).toHaveLength(0);
  });

  it.each([
    ['TRACE', 405],
    ['GET', 200],
  ])('as %s is answered with %i', async (method, status) => {
    world.api.on('/v1/thing', (_request, response) => response.end());
    const before = world.api.requests.length;
    expect((await world.send({ method })).status).toBe(status);
    expect(world.api.requests.length - before).toBe(status === 200 ? 1 : 0);
  });

  it('is a range where a range is asked for', async () => {
    world.api.on('/v1/thing', ({ headers }, response) => {
      const isPart = headers.range === 'bytes=1-3';
      response.writeHead(isPart ? 206 : 200, { 'content-range': 'bytes 1-3/10' }).end('bcd');
    });
    const answer = await world.send({ headers: { range: 'bytes=1-3', 'if-range': '"7"' } });
    expect(answer).toMatchObject({ status: 206, text: 'bcd' });
    expect(lastRequest().headers['if-range']).toBe('"7"');
  });

  it('takes bytes that are packed as they are', async () => {
    const packed = Buffer.from([0x1f, 0x8b, 8, 0, 0xff]);
    world.api.on('/v1/thing', (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
    );
    const answer = await world.send({ headers: { 'accept-encoding': 'gzip, br' } });
    expect(lastRequest().headers['accept-encoding']).toBe('gzip, br');
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(answer.bytes.equals(packed)).toBe(true);
  });

  it('needs a JWT, which cookies are no substitute for', async () => {
    const before = world.api.requests.length;
    const answer = await world.send({ headers: { authorization: '', cookie: 'session=1' } });
    expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(world.api.requests).toHaveLength(before);
  });

  it.each([
    ['/proxy/nobody/thing', 404, 'UNKNOWN_PROVIDER'],
    ['/proxy/without-api/thing', 502, 'PROVIDER_MISCONFIGURED'],
    ['/proxy/t%65st/thing', 400, 'BAD_USER_INPUT'],
    ['/proxy/test', 404, 'NOT_FOUND'],
  ])('of %s is answered with %i %s', async (target, status, code) => {
    expect(await world.send({ target })).toMatchObject({ status, code });
  });

  it('of a user without an account there says what to do', async () => {
    expect(await world.send({ user: 'nobody' })).toMatchObject({ status: 409, code: 'NOT_CONNECTED' });
  });

  it('by one of several accounts says which', async () => {
    world.api.on('/v1/thing', (_request, response) => response.end());
    const [first, second] = [await world.connect('ben', 'ben'), await world.connect('ben', 'clara')];
    expect(await world.send({ user: 'ben' })).toMatchObject({ status: 409, code: 'AMBIGUOUS_ACCOUNT' });
    for (const account of [first, second]) {
      const answer = await world.send({ user: 'ben', headers: { 'latchkey-account': account } });
      expect(answer.headers['latchkey-account']).toBe(account);
    }
    const others = await world.send({ headers: { 'latchkey-account': first } });
    expect(others).toMatchObject({ status: 404, code: 'ACCOUNT_NOT_FOUND' });
  });

  it('may go to another origin of the API that the operator has named, and to no other', async () => {
    world.api.on('/outside', (_request, response) => response.end('outside the base'));
    const ask = (origin: string) => world.send({ path: '/outside', headers: { 'latchkey-api-origin': origin } });
    expect(await ask(world.api.origin)).toMatchObject({ status: 200, text: 'outside the base' });
    for (const origin of ['https://evil.example', `${world.api.origin}/`, world.oidc.issuer, '']) {
      expect(await ask(origin)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    }
  });

  it('with a header of ours that is misspelt is not made', async () => {
    const before = world.api.requests.length;
    for (const name of ['latchkey-on-behalf', 'latchkey_reason', 'latchkey-reason']) {
      expect(await world.send({ headers: { [name]: 'x' } })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    }
    expect(world.api.requests).toHaveLength(before);
  });
});

describe('bodies flow', () => {
  it('down: the headers at once, and each piece before the next is written, as server-sent events need it', async () => {
    let write = (_piece: string): unknown => null;
    let end = (): unknown => null;
    world.api.on('/v1/events', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      write = (piece) => response.write(piece);
      end = () => response.end();
    });
    const sent = await world.begin({ path: '/events', headers: { accept: 'text/event-stream' } });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(response.headers['content-type']).toBe('text/event-stream');
    for (const piece of ['data: 1\n\n', 'data: 2\n\n']) {
      write(piece);
      const [chunk] = (await once(response, 'data')) as [Buffer];
      expect(chunk.toString()).toBe(piece);
    }
    end();
    await once(response, 'end');
  });

  it('up: each piece arrives before the next is sent, without a length, and the answer may come meanwhile', async () => {
    const seen: string[] = [];
    world.api.on('/v1/up', (request, response) => {
      response.writeHead(200).flushHeaders();
      request.on('data', (chunk: Buffer) => {
        seen.push(chunk.toString());
        response.write(`got ${chunk.toString()}`);
      });
      request.once('end', () => response.end());
    });
    const sent = await world.begin({ method: 'POST', path: '/up' });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.write('one');
    const [response] = await answered;
    await once(response, 'data');
    expect(seen).toEqual(['one']);
    sent.write('two');
    await once(response, 'data');
    expect(seen).toEqual(['one', 'two']);
    sent.end();
    await buffer(response);
    expect(lastRequest().headers['transfer-encoding']).toBe('chunked');
  });

  it('no faster than they are read: what is in between is a few buffers', async () => {
    let written = 0;
    world.api.on('/v1/flood', (_request, response) => {
      const more = (): void => {
        while (response.write(Buffer.alloc(65_536))) written += 65_536;
        response.once('drain', more);
      };
      more();
    });
    const sent = await world.begin({ path: '/flood' });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.pause();
    await standsStill(() => written);
    expect(written).toBeLessThan(64 * 1024 * 1024);
    response.destroy();
  });

  it('no faster than the provider takes them', async () => {
    world.api.on('/v1/stop', (request) => void request.pause());
    const sent = await world.begin({ method: 'PUT', path: '/stop' });
    let written = 0;
    const more = (): void => {
      while (!sent.destroyed && sent.write(Buffer.alloc(65_536))) written += 65_536;
      sent.once('drain', more);
    };
    more();
    await standsStill(() => written);
    expect(written).toBeLessThan(64 * 1024 * 1024);
    sent.destroy();
  });

  it('until the caller is gone: then the provider’s side ends too', async () => {
    const gone = new Promise((resolve) => {
      world.api.on('/v1/long', (_request, response) => {
        response.writeHead(200).flushHeaders();
        response.once('close', resolve);
      });
    });
    const sent = await world.begin({ path: '/long' });
    sent.end();
    await once(sent, 'response');
    sent.destroy();
    await gone;
  });

  it('until the caller is gone in the middle of what it sends', async () => {
    const gone = new Promise((resolve) => {
      world.api.on('/v1/half', (request) => {
        request.resume();
        request.once('close', resolve);
      });
    });
    const before = world.api.requests.length;
    const sent = await world.begin({ method: 'POST', path: '/half', headers: { 'content-length': '100' } });
    sent.write('some');
    await until(() => world.api.requests.length > before);
    sent.destroy();
    await gone;
    expect(lastRequest().complete).toBe(false);
  });

  it('until the provider cuts: then the caller sees that it is cut', async () => {
    world.api.on('/v1/cut', ({ socket }, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('some', () => setImmediate(() => socket.destroy()));
    });
    await expect(world.send({ path: '/cut' })).rejects.toThrow(/aborted|ECONNRESET|socket hang up/);
  });
});

async function standsStill(read: () => number): Promise<void> {
  let before = -1;
  for (let quiet = 0; quiet < 100; quiet = read() === before ? quiet + 1 : 0) {
    before = read();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a provider that says nothing is answered for with 502 when its time is over', async () => {
  const arrived = new Promise<void>((resolve) => world.api.on('/v1/silent', () => resolve()));
  const sent = await world.begin({ path: '/silent' });
  sent.end();
  await arrived;
  world.clock.advance(60_000);
  expect(await wholeOf(sent)).toMatchObject({ status: 502, code: 'PROVIDER_UNAVAILABLE' });
});

test('a provider that is not there is answered for with 502', async () => {
  world.api.on('/v1/reset', ({ socket }) => void socket.destroy());
  expect(await world.send({ method: 'POST', path: '/reset' })).toMatchObject({ status: 502 });
  const before = world.api.requests.length;
  expect(await world.send({ path: '/reset' })).toMatchObject({ status: 502, code: 'PROVIDER_UNAVAILABLE' });
  // What may be done twice is tried twice: a kept-alive connection can end at the moment when it is used.
  expect(world.api.requests.length - before).toBe(2);
});
