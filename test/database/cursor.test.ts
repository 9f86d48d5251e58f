import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from '../../src/database/cursor.js';
import { Fault } from '../../src/errors.js';

/** Of the characters that ids are made of. */
const anyId = fc.stringMatching(/^[\w-]{1,64}$/);

test('a cursor decodes to the place it was made of, whatever the id', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), anyId, (sortValue, id) => {
      expect(decodeCursor(encodeCursor([sortValue, id]), 'after')).toEqual([sortValue, id]);
    }),
  );
});

test('a cursor stands in a URL as it is', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), anyId, (sortValue, id) => {
      expect(encodeCursor([sortValue, id])).toMatch(/^[\w-]+$/);
    }),
  );
});

test('any text that is not a cursor from here is BAD_USER_INPUT that names the field', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json().map(base64url)), (text) => {
      fc.pre(!isCursor(text));
      expect(faultOf(text)).toMatchObject({ code: 'BAD_USER_INPUT', facts: { field: 'after' } });
    }),
  );
});

test.each([
  ['an empty text', ''],
  ['a place with a fraction', base64url('[1.5,"acc_1"]')],
  ['a place beyond what a number holds exactly', base64url('[9007199254740993,"acc_1"]')],
  ['a place whose id is a list', base64url('[1,["acc_1"]]')],
  ['a place with a third value', base64url('[1,"acc_1",2]')],
  ['a place whose id no database takes', base64url('[1,"acc_\\u0000"]')],
  ['a place whose id is longer than any', base64url(`[1,"${'x'.repeat(65)}"]`)],
  ['another spelling of a good place', base64url('[1, "acc_1"]')],
  ['padding', `${encodeCursor([1, 'acc_1'])}=`],
  ['white space', ` ${encodeCursor([1, 'acc_1'])}`],
])('%s is no cursor', (_what, text) => {
  expect(faultOf(text)).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('the refusal does not repeat what was sent', () => {
  const sent = base64url('["told in confidence"]');
  expect(faultOf(sent)?.message).not.toContain(sent);
});

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function isCursor(text: string): boolean {
  return faultOf(text) === null;
}

function faultOf(text: string): Fault | null {
  try {
    expect(encodeCursor(decodeCursor(text, 'after'))).toBe(text);
    return null;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}
