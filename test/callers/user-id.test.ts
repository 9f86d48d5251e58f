import { expect, test } from 'vitest';
import { actFor } from '../../src/callers/actor.js';
import { isUserId } from '../../src/callers/user-id.js';
import { adminCaller } from '../support/callers.js';

const admin = adminCaller('root');
const asked = { action: 'ACCOUNT_REFRESH', requestId: 'req' } as const;
const halfPairs = ['v\ud800', 'v\udfff', '\udbff\ud800'];

test.each(['a', ' padded ', 'auth0|4711', 'ärger@example.org', '\u{1f511}', 'x'.repeat(255)])(
  '%j names a user',
  (id) => {
    expect(isUserId(id)).toBe(true);
  },
);

test.each([...halfPairs, 'a\u0000', 'a\nb', '\u009b31m', '', '   ', 'x'.repeat(256), 7, null, undefined, ['a']])(
  '%j names nobody: it would be lost, or be another user, on its way to a database',
  (id) => {
    expect(isUserId(id)).toBe(false);
  },
);

test.each(halfPairs)('an admin cannot act for %j', (userId) => {
  expect(() => actFor(admin, { ...asked, onBehalfOf: { userId, reason: 'a ticket' } })).toThrow(/"userId" is a text/);
});

test.each(['\u200b', '\u00a0\u2003', 'a\u0000', 'two\nlines', '\u001b[2J', '\u009b2J', 'gnp.\u202eexe', '\ud800'])(
  'the reason %j is none that a user could read',
  (reason) => {
    expect(() => actFor(admin, { ...asked, onBehalfOf: { userId: 'ann', reason } })).toThrow(/that a person can read/);
  },
);
