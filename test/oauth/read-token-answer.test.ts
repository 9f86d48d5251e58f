import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainSpeech } from '../../src/providers/plain-speech.js';
import { readGrant, toTokenAnswer } from '../../src/oauth/read-token-answer.js';

const factsOf = (sentAt: number) => ({ sentAt, subject: null, provider: plainSpeech(), isConsent: true });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const good = { access_token: 'at-1', token_type: 'Bearer' };
const read = (members: object) => readGrant(bytes(JSON.stringify({ ...good, ...members })));
/** As it stands in the text, for what JSON.stringify cannot write. */
const readRaw = (members: string) => readGrant(bytes(`{"access_token":"at-1","token_type":"Bearer",${members}}`));
const answer = (members: object, sentAt = 1_000) => {
  const grant = read(members);
  if (grant.kind !== 'granted') throw new Error(JSON.stringify(grant));
  return toTokenAnswer(grant.members, factsOf(sentAt));
};

test('the least that a provider may answer is enough', () => {
  expect(answer({})).toMatchObject({
    refreshToken: null,
    expiresAt: null,
    refreshTokenExpiresAt: null,
    grantedScopes: null,
    subject: null,
  });
  expect(answer({}).accessToken.expose()).toBe('at-1');
});

test.each([
  [3600, 3_601_000],
  [0, null], // a token that is over as it comes is none; for some servers it is one that does not end
  [59.9, 60_000],
  ['3600', 3_601_000], // some servers write digits in quotes
  ['59.9', 60_000],
  [1e300, 3_153_600_001_000], // a century is as good as for ever
])('expires_in %j is read', (expiresIn, expiresAt) => {
  expect(answer({ expires_in: expiresIn }).expiresAt).toBe(expiresAt);
});

test.each([
  '-1',
  '-0.5',
  '1e309',
  '-1e309',
  '"NaN"',
  '"Infinity"',
  '"-5"',
  '"1e3"',
  '"0x10"',
  '" 60"',
  '"soon"',
  '""',
  'true',
  '{}',
  '[60]',
])('expires_in %s makes the answer unreadable', (text) => {
  expect(readRaw(`"expires_in":${text}`)).toMatchObject({
    kind: 'unreadable',
    why: expect.stringContaining('expires_in'),
  });
});

test('null is as good as absent', () => {
  expect(answer({ expires_in: null, refresh_token: null, scope: null, id_token: null })).toMatchObject({
    expiresAt: null,
    refreshToken: null,
    grantedScopes: null,
  });
});

test('the end of a refresh token is read in both spellings; 0 and nonsense mean that nothing is known', () => {
  expect(answer({ refresh_token_expires_in: 10 }).refreshTokenExpiresAt).toBe(11_000);
  expect(answer({ refresh_expires_in: '10' }).refreshTokenExpiresAt).toBe(11_000);
  expect(answer({ refresh_expires_in: 0 }).refreshTokenExpiresAt).toBeNull();
  expect(answer({ refresh_token_expires_in: 'never' }).refreshTokenExpiresAt).toBeNull();
});

test('scopes are split at spaces, each once; an empty text grants none', () => {
  expect(answer({ scope: 'openid  email openid ' }).grantedScopes).toEqual(['openid', 'email']);
  expect(answer({ scope: '' }).grantedScopes).toEqual([]);
});

test.each(['bearer', 'Bearer', 'BEARER'])('the token type %s is a bearer token', (tokenType) => {
  expect(read({ token_type: tokenType }).kind).toBe('granted');
});

test.each(['mac', 'DPoP', '', 'bearer ', 7, null, ['bearer']])('the token type %j is refused', (tokenType) => {
  expect(read({ token_type: tokenType })).toMatchObject({
    kind: 'unreadable',
    why: expect.stringContaining('token_type'),
  });
});

test.each([undefined, null, '', 7, {}, ['a'], 'with space', 'line\nbreak', 'ünïcode', '\u0000'])(
  'the access token %j is refused',
  (accessToken) => {
    expect(read({ access_token: accessToken })).toMatchObject({ kind: 'unreadable' });
  },
);

test.each([7, '', 'with\r\nbreak', {}, false])('the refresh token %j makes the answer unreadable', (refreshToken) => {
  expect(read({ refresh_token: refreshToken })).toMatchObject({ kind: 'unreadable' });
});

test.each([7, ['openid'], {}, 'new\nline'])('the scope %j makes the answer unreadable', (scope) => {
  expect(read({ scope })).toMatchObject({ kind: 'unreadable' });
});

test('a key that stands twice makes the answer unreadable, however it is written and however deep', () => {
  for (const text of [
    '{"access_token":"a","token_type":"bearer","access_token":"b"}',
    '{"access_token":"a","token_type":"bearer","access\\u005ftoken":"b"}',
    '{"access_token":"a","token_type":"bearer","x":[{"y":1,"y":2}]}',
  ]) {
    expect(readGrant(bytes(text)), text).toMatchObject({ kind: 'unreadable' });
  }
});

test('an error in a 200 is a refusal; an access token beside it wins', () => {
  expect(readGrant(bytes('{"error":"invalid_grant"}'))).toEqual({ kind: 'refused', error: 'invalid_grant' });
  expect(read({ error: 'warning' }).kind).toBe('granted');
});

test.each([null, ''])('an error beside the access token %j is a refusal too', (accessToken) => {
  const refused = { kind: 'refused', error: 'invalid_grant' };
  expect(read({ error: 'invalid_grant', access_token: accessToken })).toEqual(refused);
});

test.each([{ refresh_token: '' }, { id_token: '' }, { id_token: {} }])(
  'at a refresh, %j does not cost the tokens beside it',
  (odd) => {
    const body = bytes(JSON.stringify({ ...good, ...odd }));
    expect(readGrant(body, 'refresh')).toMatchObject({
      kind: 'granted',
      members: { refresh_token: null, id_token: null },
    });
    expect(readGrant(body, 'token')).toMatchObject({ kind: 'unreadable' });
  },
);

test('why an answer is unreadable never repeats the answer', () => {
  const text = '{"access_token":"planted","token_type":"planted","expires_in":"planted"}';
  expect(JSON.stringify(readGrant(bytes(text)))).not.toContain('planted');
});

test('any bytes are read as granted, refused or unreadable, and never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
      expect(['granted', 'refused', 'unreadable']).toContain(readGrant(body).kind);
    }),
    { numRuns: 2_000 },
  );
});

const anyMember = fc.oneof(
  fc.json(),
  fc.string(),
  fc.double(),
  fc.integer(),
  fc.constantFrom('Bearer', 'at', '3600', null),
);
const anyAnswer = fc.record(
  {
    access_token: fc.oneof(fc.constant('at'), anyMember),
    token_type: fc.oneof(fc.constant('Bearer'), anyMember),
    expires_in: anyMember,
    refresh_token: anyMember,
    refresh_token_expires_in: anyMember,
    scope: anyMember,
    id_token: anyMember,
    error: anyMember,
  },
  { requiredKeys: [] },
);

test('whatever members an answer has, what is granted can be stored: usable tokens, whole and finite times', () => {
  let granted = 0;
  fc.assert(
    fc.property(anyAnswer, (members) => {
      const grant = readGrant(bytes(JSON.stringify(members)));
      if (grant.kind !== 'granted') return;
      granted += 1;
      const { accessToken, refreshToken, ...facts } = toTokenAnswer(grant.members, factsOf(1_000));
      for (const token of [accessToken, refreshToken]) expect(token?.expose() ?? 'x').toMatch(/^[\x21-\x7e]+$/);
      for (const end of [facts.expiresAt, facts.refreshTokenExpiresAt]) {
        expect(
          end === null || (Number.isSafeInteger(end) && end >= 1_000 && !Number.isNaN(new Date(end).getTime())),
        ).toBe(true);
      }
    }),
    { numRuns: 5_000 },
  );
  expect(granted).toBeGreaterThan(50); // positive control: the property is not empty
});
