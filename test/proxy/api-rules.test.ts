import { expect, test } from 'vitest';
import type { CallerRole } from '../../src/callers/caller.js';
import type { ApiRule, Provider } from '../../src/providers/provider.js';
import { readApiPath } from '../../src/proxy/api-path.js';
import { assertAllowed } from '../../src/proxy/api-rules.js';
import { testProvider } from '../support/oidc-provider.js';

function providerWith(allow: readonly ApiRule[] | null): Provider {
  const token = { header: 'authorization', scheme: 'Bearer' };
  const api = { base: 'https://api.example', headers: {}, token, echoesToken: false, allow };
  return testProvider('https://login.example', { api });
}

function isAllowed(allow: readonly ApiRule[] | null, method: string, path: string, role: CallerRole = 'user'): boolean {
  try {
    assertAllowed(providerWith(allow), { method, readings: readApiPath(path).readings, role });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'FORBIDDEN' });
    return false;
  }
}

const rule = (changes: Partial<ApiRule>): ApiRule => ({ methods: null, paths: ['/**'], roles: ['user'], ...changes });

test('without rules all is allowed; with rules nothing else is', () => {
  expect(isAllowed(null, 'DELETE', '/anything')).toBe(true);
  expect(isAllowed([rule({ methods: ['GET'] })], 'DELETE', '/anything')).toBe(false);
  expect(isAllowed([rule({ methods: ['GET'] }), rule({ methods: ['DELETE'] })], 'DELETE', '/anything')).toBe(true);
});

test('who may GET may HEAD, and not the other way round', () => {
  expect(isAllowed([rule({ methods: ['GET'] })], 'HEAD', '/a')).toBe(true);
  expect(isAllowed([rule({ methods: ['HEAD'] })], 'GET', '/a')).toBe(false);
});

test('a star is one segment, two at the end are any number', () => {
  const paths = ['/users/*/mail', '/files/**', '/exact'];
  for (const path of ['/users/7/mail', '/files/', '/files/a', '/files/a/b', '/exact', '/files']) {
    expect(isAllowed([rule({ paths })], 'GET', path), path).toBe(true);
  }
  for (const path of [
    '/users//mail',
    '/users/7/8/mail',
    '/users/mail',
    '/exact/',
    '/Exact',
    '/file',
    '/',
    '/filesystem',
  ]) {
    if (!path.includes('//')) expect(isAllowed([rule({ paths })], 'GET', path), path).toBe(false);
  }
});

test('a path has to be allowed as it is written and as it is decoded', () => {
  const paths = ['/files/*'];
  expect(isAllowed([rule({ paths })], 'GET', '/files/a%20b')).toBe(true);
  expect(isAllowed([rule({ paths })], 'GET', '/files/a%2Fb')).toBe(false);
  expect(isAllowed([rule({ paths })], 'GET', '/files/a%252Fb')).toBe(false);
  expect(isAllowed([rule({ paths: ['/files/**'] })], 'GET', '/files/a%2Fb')).toBe(true);
  expect(isAllowed([rule({ paths: ['/%66iles/*'] })], 'GET', '/%66iles/a')).toBe(false);
});

test('a rule is for those who have one of its roles', () => {
  const allow = [rule({ methods: ['GET'] }), rule({ methods: ['DELETE'], roles: ['admin'] })];
  expect(isAllowed(allow, 'DELETE', '/a', 'user')).toBe(false);
  expect(isAllowed(allow, 'DELETE', '/a', 'service')).toBe(false);
  expect(isAllowed(allow, 'DELETE', '/a', 'admin')).toBe(true);
  for (const role of ['user', 'service', 'admin'] as const) expect(isAllowed(allow, 'GET', '/a', role)).toBe(true);
});
