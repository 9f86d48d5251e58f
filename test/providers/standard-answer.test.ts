import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OutboundAnswer } from '../../src/outbound/outbound.js';
import { readGrant, toTokenAnswer, type ReadGrant } from '../../src/oauth/read-token-answer.js';
import { sortAnswer } from '../../src/oauth/token-failure.js';
import type { Dialect } from '../../src/providers/dialect.js';
import { toStandardAnswer } from '../../src/providers/standard-answer.js';
import { dialectWith, shipped, shippedProviders } from './dialects.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const answerOf = (body: unknown, status = 200, headers = {}): OutboundAnswer => {
  return { status, headers, body: encode(typeof body === 'string' ? body : JSON.stringify(body)) };
};
const bodyOf = ({ body }: OutboundAnswer): unknown => JSON.parse(new TextDecoder().decode(body));
const standard = (dialect: Dialect, body: unknown): ReadGrant =>
  readGrant(toStandardAnswer(dialect, 'token', answerOf(body)).body);

test('an answer that lies as the specification says is not touched, to the byte', () => {
  const answer = answerOf('{"access_token" : "a", "expires_in": 1e309 }');
  expect(toStandardAnswer(dialectWith({}), 'token', answer)).toBe(answer);
});

test('members lie where the dialect says', () => {
  const { answers, tokens } = dialectWith({});
  const dialect = dialectWith({
    answers: { ...answers, at: 'data' },
    tokens: {
      ...tokens,
      access_token: 'token.value',
      scope: "join(',', rights)",
      subject: 'who',
      token_type: "'bearer'",
    },
    scopeSeparator: ',',
    scopeNames: { 'long.name': 'short' },
  });
  const data = { token: { value: 'at' }, rights: ['a', 'long.name', ' b'], who: 7, expires_in: '60' };
  expect(bodyOf(toStandardAnswer(dialect, 'token', answerOf({ data })))).toEqual({
    access_token: 'at',
    token_type: 'bearer',
    scope: 'a short b',
    expires_in: '60',
    latchkey_subject: '7',
  });
});

test('the end of a token may be a moment, or counted in milliseconds', () => {
  const { tokens } = dialectWith({});
  const members = {
    ...tokens,
    expires_at: { at: 'ends', as: 'isoDate' },
    refresh_token_expires_at: { at: 'refresh.ends', as: 'epochSeconds' },
  } as const;
  const body = {
    access_token: 'at',
    token_type: 'bearer',
    ends: '2026-01-31T12:00:00Z',
    refresh: { ends: '1800000000' },
  };
  const dialect = dialectWith({ tokens: members });
  const grant = standard(dialect, body);
  if (grant.kind !== 'granted') throw new Error(grant.kind);
  const facts = { sentAt: 0, subject: null, provider: { ...shipped('hubspot'), dialect }, isConsent: true };
  expect(toTokenAnswer(grant.members, facts)).toMatchObject({
    expiresAt: Date.UTC(2026, 0, 31, 12),
    refreshTokenExpiresAt: 1_800_000_000_000,
  });

  const counted = dialectWith({ tokens: { ...tokens, expiresInUnit: 'milliseconds' } });
  expect(standard(counted, { access_token: 'at', token_type: 'bearer', expires_in: '90500' })).toMatchObject({
    members: { expires_in: 90 },
  });
});

test('a moment that cannot be read makes the answer unreadable, as any member does', () => {
  const { tokens } = dialectWith({});
  const dialect = dialectWith({ tokens: { ...tokens, expires_at: { at: 'ends', as: 'isoDate' } } });
  expect(standard(dialect, { access_token: 'at', token_type: 'bearer', ends: 'tomorrow' }).kind).toBe('unreadable');
  expect(standard(dialect, { access_token: 'at', token_type: 'bearer' }).kind).toBe('granted');
});

test('a provider cannot say who consented in our member, unless its definition looks there', () => {
  const plain = { access_token: 'at', token_type: 'bearer', latchkey_subject: 'somebody', latchkey_expires_at: 1 };
  for (const id of ['hubspot', 'google', 'github']) {
    const provider = shipped(id);
    const grant = standard(provider.dialect, plain);
    if (grant.kind !== 'granted') throw new Error(grant.kind);
    const facts = { sentAt: 0, subject: null, provider, isConsent: true };
    expect(toTokenAnswer(grant.members, facts).subject).toBeNull();
    expect(toTokenAnswer(grant.members, facts).expiresAt).not.toBe(1);
  }
});

test('long names of scopes come back as they were asked for', () => {
  const scope =
    'openid https://www.googleapis.com/auth/userinfo.profile https://www.googleapis.com/auth/userinfo.email';
  expect(standard(shipped('google').dialect, { access_token: 'at', token_type: 'Bearer', scope })).toMatchObject({
    members: { scope: 'openid profile email' },
  });
});

test('a member that is no plain value, or no number, is not read by guesswork', () => {
  const { dialect } = shipped('withings');
  const good = { userid: 1, access_token: 'a', token_type: 'Bearer' };
  const readWith = (members: string) =>
    standard(dialect, `{"status":0,"body":${JSON.stringify(good).replace(/}$/, '')}${members}}}`);
  expect(readWith('').kind).toBe('granted');
  for (const members of [',"expires_in":1e309', ',"refresh_token":["r"]', ',"scope":{}', ',"expires_in":-1']) {
    expect(readWith(members).kind, members).toBe('unreadable');
  }
});

test('every refusal becomes an error of the specification, with the wait that it names', () => {
  const { dialect } = shipped('withings');
  const refused = toStandardAnswer(dialect, 'token', answerOf({ status: 601, body: { wait_seconds: 9 } }));
  expect(sortAnswer(refused, 0)).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 9, spent: 'no' });
  const dead = toStandardAnswer(dialect, 'token', answerOf({ status: 503, error: 'Invalid Params: planted' }));
  expect(bodyOf(dead)).toEqual({ error: 'invalid_grant' });
});

test('an outage is an outage whatever stands in it', () => {
  const outage = answerOf({ status: 0, body: { access_token: 'a' } }, 503);
  for (const { dialect } of shippedProviders()) expect(toStandardAnswer(dialect, 'refresh', outage)).toBe(outage);
});

/** What a server could send: bytes, JSON of any shape, and answers that are almost good. */
const leaf = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constant('x'.repeat(40)));
const mostly = (good: string | number | boolean) => fc.oneof(leaf, { arbitrary: fc.constant(good), weight: 12 });
const almost = fc.record(
  {
    access_token: mostly('at-1'),
    token_type: mostly('Bearer'),
    refresh_token: mostly('rt-1'),
    expires_in: mostly(3600),
    scope: fc.oneof(mostly('a,b'), fc.array(leaf, { maxLength: 3 })),
    scopes: fc.array(leaf, { maxLength: 3 }),
    userid: mostly(7),
    hub_id: leaf,
    ok: mostly(true),
  },
  { requiredKeys: ['access_token', 'token_type'] },
);
const withError = fc.tuple(almost, leaf).map(([members, error]) => Object.assign({}, members, { error }));
const enveloped = fc.record(
  {
    status: fc.oneof(fc.integer(), leaf, { arbitrary: fc.constant(0), weight: 6 }),
    body: fc.oneof({ arbitrary: almost, weight: 6 }, leaf),
    error: leaf,
    message: leaf,
    category: leaf,
  },
  { requiredKeys: ['status', 'body'] },
);
const text = fc
  .oneof(
    almost,
    withError,
    enveloped,
    fc.json().map((json) => JSON.parse(json) as unknown),
  )
  .map((value) => JSON.stringify(value));
const nested = fc
  .integer({ min: 1, max: 30_000 })
  .map((depth) => `{"access_token":${'['.repeat(depth)}${']'.repeat(depth)}}`);
const bytes = fc.oneof(
  { arbitrary: text.map(encode), weight: 40 },
  { arbitrary: fc.uint8Array({ maxLength: 200 }), weight: 10 },
  { arbitrary: fc.webQueryParameters().map(encode), weight: 10 },
  { arbitrary: nested.map(encode), weight: 1 },
  { arbitrary: nested.map((inner) => encode(`{"status":0,"body":${inner}}`)), weight: 1 },
);
const type = fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/html', '');
const status = fc.oneof(
  { arbitrary: fc.constant(200), weight: 4 },
  fc.constantFrom(201, 204, 302, 400, 401, 404, 418, 429, 500, 503),
);

test.each(shippedProviders().map((provider) => [provider.id, provider] as const))(
  'any bytes as a token answer of %s are a token answer or one clear failure',
  (_, provider) => {
    let granted = 0;
    fc.assert(
      fc.property(bytes, type, status, fc.constantFrom('token', 'refresh'), (body, contentType, code, call) => {
        const answer = toStandardAnswer(provider.dialect, call, {
          status: code,
          headers: { 'content-type': contentType },
          body,
        });
        if (answer.status < 200 || answer.status > 299) {
          expect(sortAnswer(answer, 0).code).toMatch(/^[A-Z_]+$/);
          return;
        }
        const grant = readGrant(answer.body);
        if (grant.kind !== 'granted') return;
        granted += 1;
        const facts = { sentAt: 1_000, subject: null, provider, isConsent: call === 'token' };
        const tokens = toTokenAnswer(grant.members, facts);
        expect(tokens.accessToken.expose()).toMatch(/^[\x21-\x7e]+$/);
        expect(tokens.refreshToken?.expose() ?? 'x').toMatch(/^[\x21-\x7e]+$/);
        for (const end of [tokens.expiresAt, tokens.refreshTokenExpiresAt]) {
          expect(end === null || (Number.isSafeInteger(end) && end >= 1_000)).toBe(true);
        }
        expect(tokens.subject === null || tokens.subject.trim() !== '').toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(granted).toBeGreaterThan(0);
  },
);
