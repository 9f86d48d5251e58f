import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  answerLimits,
  isAtRedirectUri,
  readCallbackUrl,
  readParameters,
  readParts,
  type CallbackAnswer,
} from '../../src/connect/callback-answer.js';
import { Fault } from '../../src/errors.js';
import { plainSpeech } from '../../src/providers/plain-speech.js';

const plain = plainSpeech().dialect;
const answerIn = (url: string): CallbackAnswer => readParameters(readCallbackUrl(url).parameters, plain);

const word = fc.string({ minLength: 1, maxLength: 60 }).filter((text) => text.trim() !== '');

test('whatever a provider puts into code, state and iss comes out as it was, apart from white space around it', () => {
  fc.assert(
    fc.property(word, word, word, (state, code, iss) => {
      const query = new URLSearchParams({ code, state, iss });
      const answer = answerIn(`https://app.example/cb?${query.toString()}`);
      expect(answer.state.expose()).toBe(state.trim());
      expect(answer.code?.expose()).toBe(code.trim());
      expect(answer.iss).toBe(iss.trim());
      expect(answer.error).toBeNull();
    }),
  );
});

test('an answer has one digest, however it is handed in, and another answer has another', () => {
  fc.assert(
    fc.property(word, word, fc.option(word), word, (state, code, iss, other) => {
      fc.pre(other.trim() !== code.trim());
      const given: [string, string][] = [
        ['state', state],
        ['code', code],
      ];
      if (iss !== null) given.push(['iss', iss]);
      const asParameters = readParameters(given.toReversed(), plain);
      const parts = { providerId: 'p', state, code, iss, error: null, errorDescription: 'whatever' };
      expect(readParts(parts, plain).digest).toBe(asParameters.digest);
      expect(readParts({ ...parts, code: other }, plain).digest).not.toBe(asParameters.digest);
      expect(readParts({ ...parts, error: code, code: null }, plain).digest).not.toBe(asParameters.digest);
    }),
  );
});

test('any text is an answer or a fault that says what to do, and never a crash', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true, withFragments: true })), (text) => {
      try {
        answerIn(text);
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
        expect((error as Fault).code).toMatch(/^(BAD_USER_INPUT|STATE_INVALID)$/);
      }
    }),
  );
});

test.each(Object.entries(answerLimits))(
  'a value of %s is taken up to %i characters, in whatever form',
  (name, limit) => {
    const none = { providerId: 'p', state: 's', code: null, iss: null, error: null, errorDescription: null };
    const forms = (value: string) => [
      () => answerIn(`https://app.example/cb?${new URLSearchParams({ state: 's', [name]: value }).toString()}`),
      () => readParameters(Object.entries({ state: 's', [name]: value }), plain),
      () => readParts({ ...none, [name]: value }, plain),
    ];
    for (const read of forms('%'.repeat(limit))) expect(read).not.toThrow();
    for (const read of forms('x'.repeat(limit + 1))) {
      expect(read).toThrow(
        expect.objectContaining({ code: 'BAD_USER_INPUT', facts: { field: name, why: expect.any(String) } }),
      );
    }
    expect(() => readParts({ ...none, [name]: 'x'.repeat(200_000) }, plain)).toThrow(
      `The value of "${name}" is longer`,
    );
  },
);

test('an answer with everything at its longest, percent-encoded, is not too long as a whole', () => {
  const longest = Object.entries(answerLimits).map(([name, limit]): [string, string] => [name, '%'.repeat(limit)]);
  const url = `https://app.example/cb?${new URLSearchParams(longest).toString()}`;
  expect(answerIn(url).code?.expose()).toHaveLength(4_096);
});

test('no secret of an answer is in what it prints', () => {
  const answer = answerIn('https://app.example/cb?code=planted-code&state=planted-state');
  expect(JSON.stringify(answer)).not.toContain('planted');
});

test.each([
  ['https://app.example/cb?code=1', 'https://app.example/cb', true],
  ['https://app.example/cb?tenant=7&code=1', 'https://app.example/cb?tenant=7', true],
  ['https://app.example/cb?code=1', 'https://app.example/cb?tenant=7', false],
  ['https://app.example/cb?tenant=8&code=1', 'https://app.example/cb?tenant=7', false],
  ['https://app.example/cb/../cb?code=1', 'https://app.example/cb', true], // a browser would go to the same place
  ['https://app.example:8443/cb?code=1', 'https://app.example/cb', false],
  ['https://app.example/CB?code=1', 'https://app.example/cb', false],
  ['com.example.app:/cb?code=1', 'com.example.app:/cb', true],
  ['com.example.other:/cb?code=1', 'com.example.app:/cb', false],
])('%s came back to %s: %s', (address, redirectUri, isThere) => {
  expect(isAtRedirectUri(new URL(address), redirectUri)).toBe(isThere);
});

const odd = {
  callback: { code: 'spapi_oauth_code', state: 'amazon_state', responseMode: 'query' },
  keep: { callback: { realm: 'realmId', region: 'loc-ation' }, answer: {}, me: {} },
} as const;

test('code and state are read under the names that the provider has for them, and no other', () => {
  const given = [
    ['spapi_oauth_code', 'theirs'],
    ['amazon_state', 'ours'],
    ['code', 'not this'],
    ['state', 'nor this'],
  ] as const;
  const answer = readParameters(given, odd);
  expect([answer.code?.expose(), answer.state.expose()]).toEqual(['theirs', 'ours']);
  expect(() => readParameters([['state', 'ours']], odd)).toThrow('it has no "state"');
});

test('what a definition keeps of the callback comes along, plain and short, and is part of what the answer is', () => {
  const read = (realmId: string) =>
    readParameters(Object.entries({ amazon_state: 's', spapi_oauth_code: 'c', realmId, other: 'x' }), odd);
  expect(read('4620816').kept).toEqual({ realm: '4620816' });
  expect(read('4620816').digest).not.toBe(read('4620817').digest);
  for (const unfit of ['', 'a\nb', '\ud800', 'x'.repeat(501)]) expect(read(unfit).kept).toEqual({});
  const parts = { providerId: 'p', state: 's', code: 'c', iss: null, error: null, errorDescription: null };
  const handedIn = readParts({ ...parts, others: [['realmId', ' 4620816 ']] }, odd);
  expect([handedIn.kept, handedIn.digest]).toEqual([{ realm: '4620816' }, read('4620816').digest]);
});
