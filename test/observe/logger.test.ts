import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createLogger, type LogEvent } from '../../src/observe/logger.js';
import { Secret } from '../../src/secret.js';

/** Logs one event through a real logger and gives the lines as they would leave the process. */
function linesOf(log: (logger: ReturnType<typeof createLogger>) => void, level: 'debug' | 'info' = 'debug'): string[] {
  const lines: string[] = [];
  log(createLogger({ level, destination: { write: (line) => void lines.push(line) } }));
  return lines;
}

function logged(fields: Record<string, unknown>): Record<string, unknown> {
  const [line = '{}'] = linesOf((log) => log.warn({ event: 'test.happened', ...fields }));
  return JSON.parse(line) as Record<string, unknown>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const idsOf = (lines: readonly string[]): unknown[] =>
  lines.map((line) => (JSON.parse(line) as Record<string, unknown>)['requestId']);

/** Markers in the shape of what must not leave. */
const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlLXBsYW50ZWQ';
const jwe = 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXYtcGxhbnRlZA.Y2lwaGVydGV4dA.dGFnLXBsYW50ZWQ';
const opaque = 'pT4kQ9vZ1mX7cB2nL8sD5fG3hJ6wR0yE-planted_A1b2';
const short = 'planted-s3cret';

describe('a line', () => {
  test('is JSON with the time in UTC, the level by name, the event and its fields', () => {
    const [line, ...others] = linesOf((log) => log.info({ event: 'token.refreshed', accountId: 'acc_1', tookMs: 12 }));
    expect(others).toEqual([]);
    expect(line).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(line ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: 'token.refreshed',
      accountId: 'acc_1',
      tookMs: 12,
    });
  });

  test('is not written below the level that was set', () => {
    expect(linesOf((log) => log.debug({ event: 'test.happened' }), 'info')).toEqual([]);
  });

  test('of a child carries the fields of the child, scrubbed too', () => {
    const [line = ''] = linesOf((log) => log.child({ requestId: 'r-1', note: jwt }).info({ event: 'test.happened' }));
    expect(JSON.parse(line)).toMatchObject({ requestId: 'r-1', note: '[sealed]', event: 'test.happened' });
  });

  test('is one line, whatever line breaks stand in its values', () => {
    const [line = ''] = linesOf((log) => log.info({ event: 'test.happened', note: 'a\nb\r\n{"event":"forged"}' }));
    expect(line.trimEnd().split(/[\r\n]/)).toHaveLength(1);
  });
});

describe('what is under way', () => {
  test('is told on every line of it, across awaits and by children, and on no other', async () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } });
    const request = (requestId: string): Promise<void> =>
      log.during({ requestId }, async () => {
        await turn();
        log.info({ event: 'test.happened' });
        await turn();
        log.child({ room: 'vault' }).info({ event: 'test.happened' });
      });
    await Promise.all([request('r-1'), request('r-2')]);
    log.info({ event: 'test.happened' });
    expect(idsOf(lines)).toEqual(['r-1', 'r-2', 'r-1', 'r-2', undefined]);
  });

  test('does not cover what a line says itself, and is scrubbed', () => {
    const [line = ''] = linesOf((log) =>
      log.during({ requestId: 'r-1', note: jwt }, () => log.info({ event: 'test.happened', requestId: 'r-2' })),
    );
    expect(JSON.parse(line)).toMatchObject({ requestId: 'r-2', note: '[sealed]' });
  });
});

describe('a credential never reaches a line', () => {
  const hiding: Record<string, LogEvent> = {
    'as a value of its own': { event: 'x', note: jwt },
    'as a sealed value of the vault': { event: 'x', note: `cannot open ${jwe}` },
    'inside a sentence': { event: 'x', note: `the answer was ${jwt}, which is odd` },
    'as an opaque token in a sentence': { event: 'x', note: `got ${opaque} back` },
    'after Bearer': { event: 'x', note: `Authorization: Bearer ${short}` },
    'after Basic, in another case': { event: 'x', note: `authorization: basic ${short}` },
    'in the query of a URL': { event: 'x', url: `https://a.example/cb?code=${short}&state=${short}` },
    'in a form body': { event: 'x', body: `grant_type=refresh_token&refresh_token=${short}&client_secret=${short}` },
    'in a JSON body': { event: 'x', body: `{"access_token":"${short}","id_token": "${short}"}` },
    'in JSON inside JSON': { event: 'x', body: JSON.stringify(JSON.stringify({ refresh_token: short })) },
    'in the user part of a URL': { event: 'x', url: `https://ada:${short}@a.example/` },
    'under a telling name': {
      event: 'x',
      refreshToken: short,
      client_secret: short,
      'set-cookie': [short],
      code: short,
    },
    'under a name that ends so': { event: 'x', sealedAccessToken: short, LATCHKEY_JWT_SECRET: short },
    'deep in an object': { event: 'x', a: { b: [{ c: { authorization: short } }] } },
    'as a private key': { event: 'x', note: `-----BEGIN PRIVATE KEY-----\n${short}\n-----END PRIVATE KEY-----` },
    'in the message of an error': { event: 'x', err: new Error(`refused: ${jwt}`) },
    'in the stack of an error': { event: 'x', err: Object.assign(new Error('x'), { stack: `Error: ${jwt}\n at y` }) },
    'in the cause of an error': { event: 'x', err: new Error('x', { cause: new Error(`token=${short}`) }) },
    'in a cause that is no error': { event: 'x', err: new Error('x', { cause: { refresh_token: short } }) },
    'in one error of many': { event: 'x', err: new AggregateError([new Error(`Bearer ${short}`)], 'all failed') },
    'in a field that a library hung on its error': { event: 'x', err: Object.assign(new Error('x'), { body: short }) },
    'in a set': { event: 'x', seen: new Set([jwt]) },
    'in a URL object': { event: 'x', url: new URL(`https://a.example/?access_token=${short}`) },
    'in bytes': { event: 'x', body: Buffer.from(short) },
    'in a foreign object': { event: 'x', headers: new Headers({ authorization: short }) },
    'as a Secret': { event: 'x', note: Secret.of(short), list: [Secret.of(short)] },
  };
  const markers = [jwt, jwe, opaque, short];

  test.each(Object.entries(hiding))('%s', (_place, event) => {
    const output = linesOf((log) => log.error(event)).join('');
    expect(markers.filter((marker) => output.includes(marker))).toEqual([]);
    expect(output).toContain('"event":"x"');
  });

  test('and the search would have found each of them, had nothing been scrubbed', () => {
    const missed = Object.entries(hiding).filter(
      ([, event]) => !markers.some((one) => unscrubbed(event).includes(one)),
    );
    expect(missed.map(([place]) => place)).toEqual(['as a Secret']);
    expect(linesOf((log) => log.error({ event: 'x', note: `see ${short} here` })).join('')).toContain(short);
  });
});

/** All that an event holds, bytes and hidden fields included. */
function unscrubbed(event: LogEvent): string {
  const bytes = event['body'] instanceof Uint8Array ? Buffer.from(event['body']).toString() : '';
  const stack = event.err instanceof Error ? event.err.stack : '';
  return [inspect(event, { depth: null, showHidden: true }), bytes, stack].join(' ');
}

describe('what is no credential stays readable', () => {
  test.each([
    ['an id', 'acc_0198c0de-7d53-7e12-a1b2-c3d4e5f60718'],
    ['a path', '/home/ada/latchkey/dist/src/database/open-database.js:41:9'],
    ['the name of a migration', 'RememberBrowsersAndDisconnections1764000001000'],
    ['a digest in hex', 'a3f5c0de9b8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f'],
    ['a status', 'the answer had status code: 502'],
    ['a URL', 'https://login.example.com/oauth/authorize?scope=openid%20email'],
    ['a sentence about tokens', 'The refresh token was refused; the user must connect again.'],
  ])('%s', (_what, text) => {
    expect(logged({ note: text })).toMatchObject({ note: text });
  });

  test('an error keeps its type, code, message, stack and cause', () => {
    const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
    const { err } = logged({ err: new TypeError('no answer', { cause }) });
    expect(err).toMatchObject({
      type: 'TypeError',
      message: 'no answer',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { type: 'Error', code: 'ECONNREFUSED', message: 'connect refused' },
    });
  });

  test('the code of a fault, a number and a state by name', () => {
    const fields = { code: 'NOT_CONNECTED', status: 502, state: 'ACTIVE', count: 3, isDone: true, nothing: null };
    expect(logged(fields)).toMatchObject(fields);
  });
});

describe('whoever logs is never let down', () => {
  test('by an object that holds itself', () => {
    const ring: Record<string, unknown> = {};
    ring['self'] = ring;
    expect(JSON.stringify(logged({ ring }))).toContain('[deeper]');
  });

  test('by a getter that throws', () => {
    const hostile = {
      get answer(): string {
        throw new Error('no');
      },
    };
    expect(logged({ hostile })).toMatchObject({ event: 'log.unreadable_event' });
  });

  test('by a text of a megabyte, which is cut', () => {
    const { note } = logged({ note: 'a-'.repeat(500_000) });
    expect(String(note).length).toBeLessThan(10_000);
  });

  test('by a big integer, a function or a symbol', () => {
    expect(logged({ big: 1n, call: () => 1, mark: Symbol('m') })).toMatchObject({
      big: '1',
      call: '[function]',
      mark: '[symbol]',
    });
  });
});
