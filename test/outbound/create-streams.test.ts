import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutboundStreams } from '../../src/outbound/create-streams.js';
import { OutboundError } from '../../src/outbound/outbound.js';
import type { OutboundStreams, StreamedAnswer, StreamRequest } from '../../src/outbound/streams.js';
import { startStreamingServer, type StreamingServer } from '../support/streaming-server.js';
import { createTestClock, type TestClock } from '../support/test-clock.js';

let server: StreamingServer;
let clock: TestClock;
let streams: OutboundStreams;
let ending: AbortController;

beforeEach(async () => {
  server = await startStreamingServer();
  clock = createTestClock();
  ending = new AbortController();
  streams = createOutboundStreams({ clock });
});
afterEach(async () => {
  await streams.close();
  await server.close();
});

function request(changes: Partial<StreamRequest> = {}): StreamRequest {
  return {
    url: `${server.origin}/thing`,
    method: 'GET',
    headers: {},
    body: null,
    bodyBytes: null,
    allowedOrigins: [server.origin],
    network: 'loopback',
    firstByteMs: 30_000,
    idleMs: 60_000,
    signal: ending.signal,
    ...changes,
  };
}

const open = (changes: Partial<StreamRequest> = {}): Promise<StreamedAnswer> => streams.open(request(changes));

async function failureOf(failing: Promise<unknown>): Promise<string> {
  const error: unknown = await failing.catch((caught: unknown) => caught);
  if (!(error instanceof OutboundError)) throw new Error('it did not fail as it should', { cause: error });
  return error.failure;
}

/** Until it holds; every turn lets sockets work. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await nextTurn();
}

describe('an answer that flows', () => {
  it('is here with its first headers, and each piece before the next is sent', async () => {
    let response: { write(piece: string): void; end(): void } | null = null;
    server.on('/thing', (_request, its) => {
      its.writeHead(206, { 'X-Odd': 'yes', 'set-cookie': 'a=1' });
      its.flushHeaders();
      response = its;
    });
    const { status, headers, body } = await open();
    expect(status).toBe(206);
    expect(headers['x-odd']).toBe('yes');
    expect(headers['set-cookie']).toBeUndefined();
    for (const piece of ['one', 'two']) {
      response!.write(piece);
      const [chunk] = (await once(body, 'data')) as [Buffer];
      expect(chunk.toString()).toBe(piece);
    }
    response!.end();
    await once(body, 'end');
  });

  it('is taken no faster than its reader takes it', async () => {
    let written = 0;
    server.on('/thing', (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (written < 256 * 1024 * 1024 && response.write(Buffer.alloc(65_536))) written += 65_536;
        response.once('drain', more);
      };
      more();
    });
    const { body } = await open();
    let before = -1;
    // The kernel's buffers fill, and then nothing more can be written.
    for (let quiet = 0; quiet < 50; quiet = written === before ? quiet + 1 : 0) {
      before = written;
      await nextTurn();
    }
    expect(body.readableLength).toBeLessThanOrEqual(256 * 1024);
    expect(written).toBeLessThan(64 * 1024 * 1024);
    body.destroy();
  });

  it('that is redirected is handed back, and nobody follows', async () => {
    server.on('/thing', (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    const { status, headers, discard } = await open();
    await discard();
    expect([status, headers['location']]).toEqual([302, '/elsewhere']);
    expect(server.requests).toHaveLength(1);
  });

  it('that is discarded leaves its connection to the next request', async () => {
    server.on('/thing', (_request, response) => response.writeHead(429).end('wait'));
    for (let count = 0; count < 5; count += 1) await (await open()).discard();
    expect(server.openConnections()).toBeLessThanOrEqual(2);
  });

  it('that is cut fails its reader', async () => {
    server.on('/thing', ({ socket }, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('some', () => socket.destroy());
    });
    const { body } = await open();
    await expect(text(body)).rejects.toThrow();
  });

  it('goes on for hours while something comes, and ends after a silence', async () => {
    let write = (_piece: string): unknown => null;
    server.on('/thing', (_request, response) => {
      response.writeHead(200).flushHeaders();
      write = (piece) => response.write(piece);
    });
    const { body } = await open();
    for (let hour = 0; hour < 60; hour += 1) {
      clock.advance(59_999);
      write('tick');
      await once(body, 'data');
    }
    clock.advance(59_999);
    expect(body.destroyed).toBe(false);
    clock.advance(1);
    await until(() => body.destroyed);
    expect(body.errored).toBeInstanceOf(OutboundError);
  });

  it('is not silent while its reader holds it back', async () => {
    server.on('/thing', (_request, response) => void response.writeHead(200).end('whole'));
    const { body } = await open();
    await until(() => body.readableLength > 0);
    clock.advance(600_000);
    expect(await text(body)).toBe('whole');
  });

  it('ends with its signal, and so does the provider’s side', async () => {
    const gone = new Promise((resolve) => {
      server.on('/thing', (_request, response) => {
        response.writeHead(200).flushHeaders();
        response.once('close', resolve);
      });
    });
    const { body } = await open();
    ending.abort(new Error('the caller is gone'));
    await gone;
    await until(() => body.destroyed);
  });
});

describe('a body that flows', () => {
  const echo = (): void =>
    server.on('/thing', (its, response) => {
      response.writeHead(200);
      its.pipe(response);
    });

  async function* pieces(...given: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const piece of given) {
      await nextTurn();
      yield Buffer.from(piece);
    }
  }

  it('arrives whole, in chunks where its length is not known', async () => {
    echo();
    const { body } = await open({ method: 'POST', body: pieces('a', 'b', 'c') });
    expect(await text(body)).toBe('abc');
    expect(server.requests[0]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
    expect(server.requests[0]?.headers['content-length']).toBeUndefined();
  });

  it('says its length where that is known', async () => {
    echo();
    const { body } = await open({ method: 'PUT', body: pieces('ab', 'c'), bodyBytes: 3 });
    expect(await text(body)).toBe('abc');
    expect(server.requests[0]?.headers['content-length']).toBe('3');
    expect(server.requests[0]?.headers['transfer-encoding']).toBeUndefined();
  });

  it('that is shorter or longer than it said is no request', async () => {
    echo();
    await failureOf(open({ method: 'PUT', body: pieces('ab'), bodyBytes: 3 }));
    await failureOf(open({ method: 'PUT', body: pieces('ab', 'cd'), bodyBytes: 3 }));
  });

  it('is asked for no more than the provider takes', async () => {
    server.on('/thing', (its) => void its.pause());
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 65_536;
        yield Buffer.alloc(65_536);
      }
    }
    const failing = open({ method: 'POST', body: endless() });
    let before = -1;
    for (let quiet = 0; quiet < 50; quiet = given === before ? quiet + 1 : 0) {
      before = given;
      await nextTurn();
    }
    expect(given).toBeLessThan(64 * 1024 * 1024);
    clock.advance(60_000);
    expect(await failureOf(failing)).toBe('no_answer');
  });

  it('that ends in a fault ends the request', async () => {
    echo();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('some');
      throw new Error('the caller is gone');
    }
    expect(await failureOf(open({ method: 'POST', body: broken() }))).toBe('no_answer');
  });

  it('of any bytes comes back as it was', async () => {
    echo();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const { body } = await open({ method: 'POST', body: bytes });
    expect((await buffer(body)).equals(bytes)).toBe(true);
  });
});

describe('the door of streams', () => {
  it('answers no one in time: the first byte has its own limit', async () => {
    const arrived = new Promise<void>((resolve) => server.on('/thing', () => resolve()));
    const failing = failureOf(open());
    await arrived;
    clock.advance(29_999);
    await expect(Promise.race([failing, nextTurn('waiting')])).resolves.toBe('waiting');
    clock.advance(1);
    expect(await failing).toBe('no_answer');
  });

  it('opens for the origins that were allowed, and for no address that is refused', async () => {
    expect(await failureOf(open({ allowedOrigins: ['https://api.example'] }))).toBe('refused_origin');
    expect(await failureOf(open({ network: 'public' }))).toBe('refused_origin');
    const inside = createOutboundStreams({ clock, resolve: async () => [{ address: '10.0.0.1', family: 4 }] });
    const url = 'https://api.example/';
    const failing = inside.open(request({ url, allowedOrigins: ['https://api.example'], network: 'public' }));
    expect(await failureOf(failing)).toBe('refused_address');
    await inside.close();
  });

  it('lets headers pass that ask for an encoding, and none of the connection’s', async () => {
    server.on('/thing', (_request, response) => void response.end());
    const headers = { 'accept-encoding': 'br', connection: 'x-hop', upgrade: 'h2c', te: 'trailers', cookie: 'a=1' };
    await (await open({ headers: { ...headers, 'user-agent': 'An app' } })).discard();
    const seen = server.requests[0]?.headers;
    expect(seen).toMatchObject({ 'accept-encoding': 'br', 'user-agent': 'An app', connection: 'keep-alive' });
    for (const name of ['upgrade', 'te', 'cookie']) expect(seen?.[name]).toBeUndefined();
  });

  it('says that nothing was sent where nothing was', async () => {
    const { origin } = server;
    await server.close();
    expect(await failureOf(open({ url: `${origin}/thing`, allowedOrigins: [origin] }))).toBe('not_sent');
    server = await startStreamingServer();
  });
});
