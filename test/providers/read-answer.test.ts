import { expect, test } from 'vitest';
import type { AnswerDialect, Call, ErrorRule } from '../../src/providers/dialect.js';
import { plainSpeech } from '../../src/providers/plain-speech.js';
import { readAnswer } from '../../src/providers/read-answer.js';

const plain = plainSpeech().dialect.answers;
const rule = (changes: Partial<ErrorRule>): ErrorRule => {
  return { codes: [], http: null, text: null, calls: [], means: 'deadGrant', ...changes };
};

interface Given {
  readonly dialect?: Partial<AnswerDialect>;
  readonly call?: Call;
  readonly status?: number;
  readonly type?: string;
}

function read(body: unknown, { dialect = {}, call = 'token', status = 200, type = 'application/json' }: Given = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = { status, headers: { 'content-type': type }, body: new TextEncoder().encode(text) };
  return readAnswer({ ...plain, ...dialect }, call, answer);
}

const inside = { at: 'data', success: 'code == `0`', error: ['code'], errorText: ['message'] };

test('content lies where the dialect says, when the answer is a success', () => {
  expect(read({ code: 0, data: { a: 1 } }, { dialect: inside })).toEqual({ kind: 'content', content: { a: 1 } });
});

test.each([
  [{ code: 0 }],
  [{ code: 0, data: null }],
  [{ code: 0, data: [1] }],
  [{ code: 0, data: 'text' }],
  [{ data: { access_token: 'x' } }],
  [{}],
])('%j is neither a success nor a refusal', (body) => {
  expect(read(body, { dialect: inside })).toEqual({ kind: 'unreadable' });
});

test('a revocation needs no content, only success', () => {
  for (const data of [undefined, null, [], {}]) {
    expect(read({ code: 0, data }, { dialect: inside, call: 'revoke' })).toMatchObject({ kind: 'content' });
  }
});

test('a success that is almost one is none: the number 0 is not the text "0"', () => {
  expect(read({ code: '0', data: {} }, { dialect: inside })).toMatchObject({ kind: 'refusal', means: 'retryLater' });
});

test('the first rule that fits is used, by code, range, text, status and call', () => {
  const errors = [
    rule({ codes: ['7'], text: 'client', means: 'configuration' }),
    rule({ codes: ['7'], calls: ['me'], means: 'accessTokenRefused' }),
    rule({ codes: ['7', '100-102'], means: 'deadGrant' }),
    rule({ http: 404, means: 'scopeMissing' }),
  ];
  const dialect = { ...inside, errors };
  const meansOf = (body: object, more: Given = {}) => read(body, { dialect, ...more });
  expect(meansOf({ code: 7, message: 'Invalid CLIENT id' })).toMatchObject({ means: 'configuration' });
  expect(meansOf({ code: 7 }, { call: 'me' })).toMatchObject({ means: 'accessTokenRefused' });
  expect(meansOf({ code: '7' })).toMatchObject({ means: 'deadGrant' });
  for (const code of [100, 101, 102]) expect(meansOf({ code })).toMatchObject({ means: 'deadGrant' });
  for (const code of [99, 103, '10 0', '100-102']) expect(meansOf({ code })).toMatchObject({ means: 'retryLater' });
  expect(meansOf({}, { status: 404 })).toMatchObject({ means: 'scopeMissing' });
});

test('a rule is never asked about a 429, a 5xx or a redirect', () => {
  const dialect = { errors: [rule({ codes: ['invalid_grant'] })] };
  for (const status of [302, 429, 500, 503]) {
    expect(read({ error: 'invalid_grant' }, { dialect, status })).toEqual({ kind: 'asItCame' });
  }
});

test('the code of an error is the first that is there', () => {
  const dialect = { error: ['error', 'status', 'category'], errors: [rule({ codes: ['B'] })] };
  const meansOf = (body: object) => read(body, { dialect, status: 400 });
  expect(meansOf({ status: 'B', category: 'C' })).toMatchObject({ kind: 'refusal', means: 'deadGrant' });
  expect(meansOf({ error: 'A', status: 'B' })).toEqual({ kind: 'asItCame' }); // the specification knows what A is
  expect(meansOf({ category: 'C' })).toMatchObject({ kind: 'refusal', means: 'request' });
  expect(meansOf({ other: 'B' })).toEqual({ kind: 'asItCame' });
});

test('a form is read by its header, and a name that stands twice makes it no answer', () => {
  const type = 'application/x-www-form-urlencoded; charset=utf-8';
  const dialect = { format: 'contentType' } as const;
  const form = 'access_token=a%20b&scope=';
  expect(read(form, { dialect, type })).toEqual({ kind: 'content', content: { access_token: 'a b', scope: '' } });
  expect(read(form, { dialect })).toEqual({ kind: 'asItCame' });
  for (const text of ['a=1&a=2', '']) expect(read(text, { dialect, type })).toEqual({ kind: 'asItCame' });
});

test.each([
  [40, 40],
  ['40', 40],
  [0.2, 1],
  [1e9, 86_400],
  [-1, null],
  ['soon', null],
  [null, null],
  [{}, null],
])('a wait of %j is %j seconds', (wait, seconds) => {
  const dialect = { ...inside, retryAfter: 'data.wait', errors: [rule({ codes: ['1'], means: 'rateLimited' })] };
  expect(read({ code: 1, data: { wait } }, { dialect })).toEqual({
    kind: 'refusal',
    means: 'rateLimited',
    retryAfterSeconds: seconds,
  });
});
