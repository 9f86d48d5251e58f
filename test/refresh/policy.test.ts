import { expect, it } from 'vitest';
import { planUse, type UseFacts } from '../../src/refresh/policy.js';
import { testProvider } from '../support/oidc-provider.js';

const { refreshPolicy: policy } = testProvider('http://127.0.0.1:1');
const end = 1_000_000;

const plan = (facts: Partial<UseFacts>): string =>
  planUse({ policy, status: 'ACTIVE', expiresAt: end, hasRefreshToken: true, now: end - 60_000, ...facts }).do;

it('a token that lives is used', () => {
  expect(plan({})).toBe('use');
  expect(plan({ hasRefreshToken: false })).toBe('use');
});

it('a token is renewed from five seconds before its end', () => {
  expect(plan({ now: end - 5_001 })).toBe('use');
  expect(plan({ now: end - 5_000 })).toBe('refresh');
  expect(plan({ now: end + 1 })).toBe('refresh');
});

it('a token that cannot be renewed is used to its last moment, then the user is asked', () => {
  expect(plan({ now: end - 1, hasRefreshToken: false })).toBe('use');
  expect(plan({ now: end, hasRefreshToken: false })).toBe('ask-user');
});

it('a token without a known end is used until the provider refuses it', () => {
  expect(plan({ expiresAt: null, now: Number.MAX_SAFE_INTEGER })).toBe('use');
});

it('where the policy is NEVER, a date in the past is no reason to refresh', () => {
  expect(plan({ policy: { ...policy, mode: 'NEVER' }, now: end + 1 })).toBe('use');
});

it('an account that needs its user asks the user, whatever its token’s date says', () => {
  expect(plan({ status: 'NEEDS_REAUTHORIZATION' })).toBe('ask-user');
  expect(plan({ status: 'NEEDS_REAUTHORIZATION', now: end + 1 })).toBe('ask-user');
  expect(plan({ status: 'NEEDS_REAUTHORIZATION', policy: { ...policy, mode: 'NEVER' } })).toBe('ask-user');
});
