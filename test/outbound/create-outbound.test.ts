import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ResolvedAddress } from '../../src/outbound/checked-lookup.js';
import { createOutbound } from '../../src/outbound/create-outbound.js';
import { OutboundError, type Outbound, type OutboundRequest } from '../../src/outbound/outbound.js';
import { createGate } from '../support/gate.js';
import { startHostileServer, type HostileServer } from '../support/hostile-server.js';
import { createTestClock, type TestClock } from '../support/test-clock.js';

let server: HostileServer;
let clock: TestClock;
let outbound: Outbound;
/** What DNS says; a name that is not here does not exist. */
let names: Record<string, ResolvedAddress[]>;

beforeEach(async () => {
  server = await startHostileServer();
  clock = createTestClock();
  names = {};
  outbound = createOutbound({ clock, resolve: resolveByTable });
});

afterEach(async () => {
  await outbound.close();
  await server.close();
});

async function resolveByTable(hostname: string): Promise<ResolvedAddress[]> {
  const found = names[hostname];
  if (found === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  return found;
}

const ipv4 = (address: string): ResolvedAddress => ({ address, family: 4 });

function request(changes: Partial<OutboundRequest> = {}): OutboundRequest {
  const url = changes.url ?? `${server.origin}/thing`;
  const allowedOrigins = [URL.canParse(url) ? new URL(url).origin : server.origin];
  return { url, method: 'GET', allowedOrigins, network: 'loopback', timeoutMs: 5_000, maxBytes: 1_000, ...changes };
}

async function failureOf(changes: Partial<OutboundRequest>): Promise<OutboundError> {
  const error: unknown = await outbound.send(request(changes)).catch((caught: unknown) => caught);
  if (!(error instanceof OutboundError)) throw new Error('it did not fail as it should', { cause: error });
  return error;
}

test('an answer comes back with its status, lower-case headers and bytes as they are', async () => {
  server.answer('/thing', { status: 418, headers: { 'X-Odd': 'yes' }, body: new Uint8Array([0, 255, 128]) });
  const answer = await outbound.send(request());
  expect(answer.status).toBe(418);
  expect(answer.headers['x-odd']).toBe('yes');
  expect([...answer.body]).toEqual([0, 255, 128]);
});

test('method, headers and body go out as they were given', async () => {
  server.answer('/thing', { status: 200 });
  await outbound.send(request({ method: 'POST', headers: { 'X-Name': 'value' }, body: 'a=b' }));
  const [seen] = server.requests;
  expect(seen?.method).toBe('POST');
  expect(seen?.headers['x-name']).toBe('value');
  expect(seen?.body()).toBe('a=b');
});

test('no encoding is asked for, and one that comes all the same is not decoded', async () => {
  const gzip = new Uint8Array([0x1f, 0x8b, 8, 0]);
  server.answer('/thing', { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzip });
  const answer = await outbound.send(request({ headers: { 'Accept-Encoding': 'br, gzip' } }));
  expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  expect([...answer.body]).toEqual([...gzip]);
});

test('no cookie passes in either direction', async () => {
  server.answer('/thing', { status: 200, headers: { 'set-cookie': ['a=1', 'b=2'], 'x-kept': '1' } });
  const answer = await outbound.send(request({ headers: { Cookie: 'session=1' } }));
  await outbound.send(request());
  expect(server.requests.map((seen) => seen.headers.cookie)).toEqual([undefined, undefined]);
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(answer.headers['x-kept']).toBe('1');
});

test('headers that belong to the connection cannot be set', async () => {
  server.answer('/thing', { status: 200 });
  const headers = { Host: 'internal.example', Connection: 'upgrade', 'Transfer-Encoding': 'chunked', TE: 'trailers' };
  await outbound.send(request({ headers }));
  const seen = server.requests[0]?.headers;
  expect(seen?.host).toBe(new URL(server.origin).host);
  expect(seen?.connection).toBe('keep-alive');
  expect(seen?.['transfer-encoding']).toBeUndefined();
  expect(seen?.te).toBeUndefined();
});

test.each([301, 302, 303, 307, 308])('a redirect with %i is handed back and not followed', async (status) => {
  server.answer('/thing', { status, headers: { location: `${server.origin}/elsewhere` } });
  const answer = await outbound.send(request({ headers: { authorization: 'Bearer planted' } }));
  expect(answer.status).toBe(status);
  expect(server.requests.map((seen) => seen.url)).toEqual(['/thing']);
});

test('connections are kept and used again', async () => {
  server.answer('/thing', { status: 200, body: 'x' });
  for (let count = 0; count < 20; count += 1) await outbound.send(request());
  // Two, where the first connection is not quite free yet when the second request comes.
  expect(new Set(server.requests.map((seen) => seen.remotePort)).size).toBeLessThanOrEqual(2);
});

test('an answer of exactly maxBytes passes, and one more byte is too large', async () => {
  server.answer('/thing', { status: 200, body: 'x'.repeat(1_000) });
  expect((await outbound.send(request())).body).toHaveLength(1_000);
  server.answer('/thing', { status: 200, body: 'x'.repeat(1_001) });
  expect((await failureOf({})).failure).toBe('too_large');
});

test('an endless answer is cut off at maxBytes', async () => {
  server.answer('/thing', { status: 200, manner: 'endless' });
  expect((await failureOf({ maxBytes: 100_000 })).failure).toBe('too_large');
});

test('an answer that never comes ends when the time is over, as sent', async () => {
  server.answer('/thing', { status: 200, manner: 'silent' });
  const failing = failureOf({ timeoutMs: 7_000 });
  await server.arrival('/thing');
  clock.advance(6_999);
  await expect(Promise.race([failing, Promise.resolve('waiting')])).resolves.toBe('waiting');
  clock.advance(1);
  expect((await failing).failure).toBe('no_answer');
});

test('the time limit holds for the body too', async () => {
  server.answer('/thing', { status: 200, manner: 'stalled', body: 'some' });
  const failing = failureOf({ timeoutMs: 7_000 });
  await server.arrival('/thing');
  clock.advance(7_000);
  expect((await failing).failure).toBe('no_answer');
});

test.each(['reset', 'cut'] as const)('a connection that is %s after sending counts as sent', async (manner) => {
  server.answer('/thing', { status: 200, manner, body: 'some' });
  expect((await failureOf({})).failure).toBe('no_answer');
});

test('an answer with headers longer than 16 KiB is no answer', async () => {
  server.answer('/thing', { status: 200, headers: { 'x-long': 'x'.repeat(20_000) } });
  expect((await failureOf({})).failure).toBe('no_answer');
});

test('what is refused at the door counts as not sent', async () => {
  const closedPort = await takeAndLeavePort();
  expect((await failureOf({ url: `http://127.0.0.1:${closedPort}/` })).failure).toBe('not_sent');
  expect((await failureOf({ url: 'https://unknown.example/', network: 'public' })).failure).toBe('not_sent');
});

test('a server that speaks no TLS gets nothing of the request', async () => {
  const url = server.origin.replace('http:', 'https:');
  expect((await failureOf({ url, method: 'POST', body: 'secret' })).failure).toBe('not_sent');
  expect(server.requests).toHaveLength(0);
});

test('time that runs out while connecting counts as not sent', async () => {
  const deaf = createServer(); // takes the connection and never says hello in TLS
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
  const taken = new Promise<void>((resolve) => deaf.once('connection', () => resolve()));
  const failing = failureOf({ url: `https://127.0.0.1:${(deaf.address() as AddressInfo).port}/`, timeoutMs: 1_000 });
  await taken;
  clock.advance(1_000);
  expect((await failing).failure).toBe('not_sent');
  await outbound.close();
  deaf.close();
});

test('a request that is given up while its name is looked up is never sent', async () => {
  const lookup = createGate();
  const slow = createOutbound({ clock, resolve: () => lookup.opened.then(() => [ipv4('127.0.0.1')]) });
  const { port } = new URL(server.origin);
  const failing = slow.send(request({ url: `http://localhost:${port}/thing`, timeoutMs: 1_000 }));
  clock.advance(1_000);
  await expect(failing).rejects.toMatchObject({ failure: 'not_sent' });
  lookup.open();
  server.answer('/after', { status: 200 });
  await slow.send(request({ url: `http://localhost:${port}/after` })); // the same pool, so the first had its chance
  expect(server.requests.map((seen) => seen.url)).toEqual(['/after']);
  await slow.close();
});

test.each([
  ['another host', 'http://127.0.0.2:1/'],
  ['another port', 'http://127.0.0.1:1/'],
  ['a host in the user part', 'http://127.0.0.1@evil.example/'],
  ['no URL', 'not a url'],
  ['a file', 'file:///etc/passwd'],
])('%s is not an allowed origin', async (_what, url) => {
  expect((await failureOf({ url, allowedOrigins: [server.origin] })).failure).toBe('refused_origin');
  expect(server.requests).toHaveLength(0);
});

test('plain http is refused on the public network', async () => {
  expect((await failureOf({ url: 'http://example.com/', network: 'public' })).failure).toBe('refused_origin');
});

test('a URL with credentials is refused', async () => {
  const url = server.origin.replace('//', '//user:pass@');
  expect((await failureOf({ url, allowedOrigins: [server.origin] })).failure).toBe('refused_origin');
});

test.each([
  'https://127.0.0.1/',
  'https://[::1]/',
  'https://2130706433/',
  'https://0177.1/',
  'https://169.254.169.254/',
])('the literal address %s is refused on the public network', async (url) => {
  expect((await failureOf({ url, network: 'public' })).failure).toBe('refused_address');
});

test.each([
  ['a private address', [ipv4('10.0.0.7')]],
  ['a loopback address', [ipv4('127.0.0.1')]],
  ['a public and a private address', [ipv4('93.184.216.34'), ipv4('192.168.0.1')]],
  ['a mapped loopback address', [{ address: '::ffff:127.0.0.1', family: 6 }]],
  ['the cloud metadata address', [{ address: 'fd00:ec2::254', family: 6 }]],
  ['a private address behind NAT64', [{ address: '64:ff9b::a00:1', family: 6 }]],
  ['a private address behind 6to4', [{ address: '2002:a00:1::', family: 6 }]],
  ['an address of one link', [{ address: 'fe80::1%eth0', family: 6 }]],
])('a public name that resolves to %s is refused at connect time', async (_what, addresses) => {
  names['rebound.example'] = addresses;
  const error = await failureOf({ url: 'https://rebound.example/', network: 'public' });
  expect(error.failure).toBe('refused_address');
});

test.each([
  ['a line break in a header', { 'x-name': 'a\r\nx-planted: b' }],
  ['a line break in a name', { 'x-name\r\nx-planted': 'b' }],
  ['U+0000 in a header', { 'x-name': 'a\0b' }],
])('%s is never sent', async (_what, headers) => {
  expect((await failureOf({ headers })).failure).toBe('not_sent');
  expect(server.requests).toHaveLength(0);
});

test.each([
  ['a trailing dot', 'https://rebound.example./'],
  ['another case and a tab', 'https://REBOUND.exam\tple/'],
])('a name with %s is the name that it is, and its address is checked', async (_what, url) => {
  names['rebound.example.'] = names['rebound.example'] = [ipv4('10.0.0.7')];
  expect((await failureOf({ url, network: 'public' })).failure).toBe('refused_address');
});

test('a host with a zone is no URL', async () => {
  expect((await failureOf({ url: 'https://[fe80::1%25eth0]/', network: 'public' })).failure).toBe('refused_origin');
});

test('a loopback name that resolves to a public address is refused', async () => {
  names['localhost'] = [ipv4('93.184.216.34')];
  expect((await failureOf({ url: 'http://localhost:1/' })).failure).toBe('refused_address');
});

test('a name that was good once is checked again at the next connection', async () => {
  const { port } = new URL(server.origin);
  names['localhost'] = [ipv4('127.0.0.1')];
  server.answer('/thing', { status: 200, headers: { connection: 'close' } });
  expect((await outbound.send(request({ url: `http://localhost:${port}/thing` }))).status).toBe(200);
  names['localhost'] = [ipv4('10.0.0.1')];
  expect((await failureOf({ url: `http://localhost:${port}/thing` })).failure).toBe('refused_address');
});

test('a connection that loopback opened never serves a public request', async () => {
  server.answer('/thing', { status: 200 });
  await outbound.send(request());
  expect((await failureOf({ network: 'public' })).failure).toBe('refused_origin');
});

test('an error holds neither path nor query nor body', async () => {
  const url = `${server.origin}/planted-path?code=planted-query`;
  server.answer('/planted-path', { status: 200, manner: 'reset' });
  const error = await failureOf({ url, method: 'POST', body: 'planted-body' });
  expect(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('planted');
  expect(error.message).toContain(server.origin); // a positive control: it does say where
});

async function takeAndLeavePort(): Promise<number> {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  await new Promise<void>((resolve) => taken.close(() => resolve()));
  return port;
}
