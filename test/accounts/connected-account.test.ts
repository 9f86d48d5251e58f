import { expect, test } from 'vitest';
import { missingScopes } from '../../src/accounts/connected-account.js';

test('missing are the scopes that were asked for and not granted, in the order of asking', () => {
  const account = { requestedScopes: ['openid', 'files', 'email'], grantedScopes: ['openid', 'extra'] };
  expect(missingScopes(account)).toEqual(['files', 'email']);
});

test('a grant of all that was asked for misses nothing', () => {
  expect(missingScopes({ requestedScopes: ['a', 'b'], grantedScopes: ['b', 'a'] })).toEqual([]);
});
