/** Much at once through the proxy: long bodies, many streams, curl, and the end of the gateway in the middle of it. The long
 *  form (1 GiB, memory) is `npm run bench:proxy`. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openProxyWorld, until, wholeOf, type ProxyWorld } from '../support/proxy-world.js';

const run = promisify(execFile);
let world: ProxyWorld;
beforeAll(async () => {
  world = await openProxyWorld({ api: { echoesToken: true } });
});
afterAll(() => world.close());

const MEBIBYTE = 1024 * 1024;
const block = Buffer.from(Array.from({ length: MEBIBYTE }, (_, index) => (index * 31 + (index >> 8)) % 256));
const blocks = (count: number): Readable => Readable.from(Array.from({ length: count }, () => block));
const digestOf = async (stream: Readable): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
};

test('64 MiB arrive byte for byte, up and down, with a length and without', async () => {
  const digest = await digestOf(blocks(64));
  world.api.on('/v1/up', (request, response) => void digestOf(request).then((seen) => response.end(seen)));
  world.api.on('/v1/down', (_request, response) => void pipeline(blocks(64), response));
  const length: Readonly<Record<string, string>> = { 'content-length': String(64 * MEBIBYTE) };
  for (const headers of [length, {}]) {
    const sent = await world.begin({ method: 'PUT', path: '/up', headers });
    const [answer] = await Promise.all([wholeOf(sent), pipeline(blocks(64), sent)]);
    expect(answer.text).toBe(digest);
  }
  const asked = await world.begin({ path: '/down' });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  expect(await digestOf(response)).toBe(digest);
});

test('500 streams are open at once, and each gets what is its own', async () => {
  const written = new Map<string, (text: string) => void>();
  world.api.on('/v1/events', ({ url = '' }, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    written.set(url.split('?')[1] ?? '', (text) => void response.end(text));
  });
  const asked = await Promise.all(
    Array.from({ length: 500 }, async (_, number) => {
      const sent = await world.begin({ path: `/events?${number}` });
      sent.end();
      return once(sent, 'response') as Promise<[IncomingMessage]>;
    }),
  );
  expect(written.size).toBe(500);
  for (const [name, write] of written) write(`data: ${name}\n\n`);
  const texts = await Promise.all(asked.map(async ([response]) => (await response.toArray()).join('')));
  expect(texts).toEqual(Array.from({ length: 500 }, (_, number) => `data: ${number}\n\n`));
});

test('an API that tells the token back shows asterisks, also where the token comes in two pieces', async () => {
  world.api.on('/v1/echo', ({ headers }, response) => {
    expect(headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(headers.range).toBeUndefined();
    const token = headers.authorization?.slice('Bearer '.length) ?? '';
    response
      .writeHead(200)
      .write(`a ${token.slice(0, 9)}`, () => setImmediate(() => response.end(`${token.slice(9)} b`)));
  });
  const headers = { range: 'bytes=0-9', 'accept-encoding': 'gzip' };
  expect((await world.send({ path: '/echo', headers })).text).toMatch(/^a \*{20,} b$/);
  world.api.on('/v1/echo', (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'));
  expect(await world.send({ path: '/echo' })).toMatchObject({ status: 502, code: 'PROVIDER_UNAVAILABLE' });
});

test.runIf(existsSync('/usr/bin/curl'))('curl sends a binary file as it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-curl-'));
  try {
    const file = join(folder, 'bytes');
    await writeFile(file, block);
    world.api.on('/v1/up', (request, response) => void digestOf(request).then((seen) => response.end(seen)));
    const authorization = `Authorization: Bearer ${await world.app.tokenFor('anna')}`;
    const binary = ['--data-binary', `@${file}`, '-H', 'Content-Type: application/octet-stream'];
    const { stdout } = await run('curl', ['-sS', '-H', authorization, ...binary, `${world.app.url}/proxy/test/up`]);
    expect(stdout).toBe(createHash('sha256').update(block).digest('hex'));
    const { stdout: uploaded } = await run('curl', [
      '-sS',
      '-H',
      authorization,
      '-T',
      file,
      `${world.app.url}/proxy/test/up`,
    ]);
    expect(uploaded).toBe(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a stream ends with the gateway, on both sides', async () => {
  const own = await openProxyWorld();
  let isGone = false;
  own.api.on('/v1/long', (_request, response) => {
    response.writeHead(200).flushHeaders();
    response.once('close', () => (isGone = true));
  });
  const sent = await own.begin({ path: '/long' });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  await own.close();
  await until(() => isGone && response.destroyed);
  expect(response.complete).toBe(false);
});
