import { describe, expect, test } from 'vitest';
import { actFor, type OnBehalfOf } from '../../src/callers/actor.js';
import type { Caller } from '../../src/callers/caller.js';
import { Fault } from '../../src/errors.js';
import { adminCaller, userCaller } from '../support/callers.js';

const user = userCaller('ada');
const admin = adminCaller('root');
const asked = { action: 'ACCOUNT_REFRESH', requestId: 'r-1' } as const;

function faultOf(caller: Caller, onBehalfOf: OnBehalfOf): Fault {
  try {
    actFor(caller, { ...asked, onBehalfOf });
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new Error('no fault');
}

test('a caller acts for themselves without a reason', () => {
  expect(actFor(admin, { ...asked, onBehalfOf: null })).toEqual({
    actorId: 'root',
    subjectId: 'root',
    reason: null,
    requestId: 'r-1',
    isOnBehalf: false,
  });
});

test('an admin acts for a user with a reason, which is trimmed', () => {
  expect(actFor(admin, { ...asked, onBehalfOf: { userId: 'ada', reason: '  ticket 7 ' } })).toEqual({
    actorId: 'root',
    subjectId: 'ada',
    reason: 'ticket 7',
    requestId: 'r-1',
    isOnBehalf: true,
  });
});

test('a user acts for nobody else, whatever the reason, and learns nothing about the input', () => {
  expect(faultOf(user, { userId: 'grace', reason: 'ticket 7' }).code).toBe('FORBIDDEN');
  expect(faultOf(user, { userId: '', reason: '' }).code).toBe('FORBIDDEN');
  expect(faultOf(user, { userId: 'ada', reason: 'myself' }).code).toBe('FORBIDDEN');
});

describe('an admin', () => {
  test.each(['', '   ', '\n\t', 'x'.repeat(257)])('gives a reason of 1 to 256 characters (%#)', (reason) => {
    expect(faultOf(admin, { userId: 'ada', reason })).toMatchObject({
      code: 'BAD_USER_INPUT',
      facts: { field: 'reason' },
    });
  });

  test('may give one of 256, also of characters beyond the first plane', () => {
    for (const reason of ['x'.repeat(256), '🔑'.repeat(256)]) {
      expect(actFor(admin, { ...asked, onBehalfOf: { userId: 'ada', reason } }).reason).toBe(reason);
    }
  });

  test.each(['', '  ', 'x'.repeat(256)])('names the user by 1 to 255 characters (%#)', (userId) => {
    expect(faultOf(admin, { userId, reason: 'ticket 7' })).toMatchObject({
      code: 'BAD_USER_INPUT',
      facts: { field: 'userId' },
    });
  });
});
