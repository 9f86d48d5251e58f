import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/outbound/strict-json.js';
import { mapUserinfo } from '../../src/profile/map-userinfo.js';
import { Secret } from '../../src/secret.js';

const TOKEN = 'planted-access-token';
const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl';
const map = (claims: JsonObject) => mapUserinfo({ sub: 'anna', ...claims }, [Secret.of(TOKEN)]);
const rawOf = (claims: JsonObject) => map(claims).raw;

test('a name is found in its parts, or is the name to sign in with', () => {
  expect(map({ name: 'Anna A.', given_name: 'x' }).name).toBe('Anna A.');
  expect(map({ given_name: 'Anna', family_name: 'Example' }).name).toBe('Anna Example');
  expect(map({ family_name: 'Example' }).name).toBe('Example');
  expect(map({ preferred_username: 'anna77' }).name).toBe('anna77');
  expect(map({ name: ' ', email: 7 })).toMatchObject({ name: null, email: null });
});

test.each([
  ['https://pictures.example/a.png', true],
  ['http://pictures.example/a.png', true],
  ['/a.png', false],
  ['//pictures.example/a.png', false],
  ['javascript:alert(1)', false],
  ['data:image/png;base64,AA', false],
  ['file:///etc/passwd', false],
  ['', false],
])('the picture %s is an avatar: %s', (picture, isAvatar) => {
  expect(map({ picture }).avatarUrl).toBe(isAvatar ? picture : null);
});

test('what else the provider says is kept as it came', () => {
  const claims = {
    sub: 'anna',
    locale: 'de',
    address: { country: 'AT', lines: ['a', 1, null, true, { x: [] }] },
    token_type: 'Bearer',
    tokens_used: 5,
    broken: 'a.b.c',
    version: '1.2.3',
  };
  expect(rawOf(claims)).toEqual(claims);
});

test.each([
  'token',
  'access_token',
  'accessToken',
  'refresh_token',
  'refreshToken',
  'id_token',
  'idToken',
  'x-csrf-token',
  'client_secret',
  'ClientSecret',
  'password',
  'apiKey',
  'api_key',
  'Authorization',
])('a member called %s is taken out, wherever it stands', (name) => {
  const claims = { kept: 1, [name]: 'x', inner: [{ [name]: { a: 1 }, kept: 2 }] };
  expect(rawOf(claims)).toEqual({ sub: 'anna', kept: 1, inner: [{ kept: 2 }] });
});

test('a text that is or holds the access token or a JWT is taken out, whatever its name', () => {
  const claims = {
    a: TOKEN,
    b: `Bearer ${TOKEN}`,
    c: JWT,
    d: [JWT, 'kept', `x ${JWT}`],
    [`link/${TOKEN}`]: 1,
    e: { f: TOKEN },
  };
  expect(rawOf(claims)).toEqual({ sub: 'anna', d: ['kept'], e: {} });
});

test('a member called __proto__ stays a member', () => {
  const claims = JSON.parse('{"__proto__":{"polluted":true}}') as JsonObject;
  const raw = mapUserinfo(claims, [Secret.of(TOKEN)]).raw;
  expect(Object.keys(raw)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('whatever a provider answers, the access token is not in the profile and nothing throws', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constant(TOKEN),
    fc.string().map((more) => `${more}${TOKEN}`),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, text, fc.integer(), fc.array(tie('tree')), fc.dictionary(text, tie('tree'))),
  }));
  fc.assert(
    fc.property(fc.dictionary(text, tree), (claims) => {
      const { raw } = mapUserinfo(claims as JsonObject, [Secret.of(TOKEN)]);
      expect(JSON.stringify(raw)).not.toContain(TOKEN);
    }),
    { numRuns: 1_000 },
  );
});

test('the other fields of a profile do not carry a token either', () => {
  const { name, email, avatarUrl } = map({ name: TOKEN, email: JWT, picture: `https://x.example/?t=${TOKEN}` });
  expect([name, email, avatarUrl]).toEqual([null, null, null]);
});
