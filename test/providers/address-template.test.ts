import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillAddress, fixedSuffixOf, hasOpenHost, placeholdersOf } from '../../src/providers/address-template.js';

const rule = { hosts: ['.acme.example', 'login.other.example'], network: 'public' } as const;
const fill = (template: string, values: Record<string, string>) => fillAddress(template, values, rule);

test('an address without a placeholder is the same for all', () => {
  expect(fill('https://login.elsewhere.example/token', {})).toBe('https://login.elsewhere.example/token');
});

test.each([
  ['https://{shop}.acme.example/token', { shop: 'tea-2' }, 'https://tea-2.acme.example/token'],
  ['https://{shop}.unlisted.example:8443/t', { shop: 'tea' }, 'https://tea.unlisted.example:8443/t'],
  ['https://{host}:8443/t', { host: 'eu1.acme.example' }, 'https://eu1.acme.example:8443/t'],
  ['https://{host}/token', { host: 'login.other.example' }, 'https://login.other.example/token'],
  ['{instance}/id', { instance: 'https://eu1.acme.example/' }, 'https://eu1.acme.example/id'],
  [
    'https://a.acme.example/{tenant}/t?site={site}',
    { tenant: 'a b', site: 'x&y' },
    'https://a.acme.example/a%20b/t?site=x%26y',
  ],
])('%s with %j is %s', (template, values, address) => {
  expect(fill(template, values)).toBe(address);
});

describe('a value cannot', () => {
  test.each([
    ['leave the host', 'https://{shop}.acme.example/t', { shop: 'evil.example/' }],
    ['add a user', 'https://{shop}.acme.example/t', { shop: 'me@evil' }],
    ['add a port', 'https://{shop}.acme.example/t', { shop: 'evil:444' }],
    ['end the host by a query', 'https://{shop}.acme.example/t', { shop: 'evil.example?' }],
    ['be empty', 'https://{shop}.acme.example/t', { shop: '' }],
    ['end in a dot', 'https://{host}/t', { host: 'eu1.acme.example.' }],
    ['be a name in another script', 'https://{shop}.acme.example/t', { shop: 'аcme' }],
    ['hide a dot in another script', 'https://{host}/t', { host: 'evil。example' }],
    ['be encoded', 'https://{shop}.acme.example/t', { shop: 'evil.example%2f' }],
    ['be a number that means an address', 'https://{host}/t', { host: '2130706433' }],
    ['be an address in hexadecimal', 'https://{host}/t', { host: '0x7f.1' }],
    ['be an address of the sixth version', 'https://{host}/t', { host: '[::1]' }],
    ['hide a user in an origin', '{instance}/t', { instance: 'https://eu1.acme.example@evil.example' }],
    ['hide a user before a listed host', '{instance}/t', { instance: 'https://me@eu1.acme.example' }],
    ['be an origin with a query', '{instance}/t', { instance: 'https://evil.example?.acme.example' }],
    ['be an origin that ends in a dot', '{instance}/t', { instance: 'https://eu1.acme.example.' }],
    ['be an origin of another scheme', '{instance}/t', { instance: 'ftp://eu1.acme.example' }],
    ['be an origin with spaces', '{instance}/t', { instance: ' https://eu1.acme.example' }],
    ['be missing', 'https://{shop}.acme.example/t', {}],
    ['come from the prototype', 'https://{constructor}.acme.example/t', {}],
    ['lead to a host that is not listed', 'https://{host}/t', { host: 'evil.example' }],
    ['only end like a listed host', 'https://{host}/t', { host: 'evilacme.example' }],
    ['be the suffix alone', 'https://{host}/t', { host: 'acme.example' }],
    ['be an address', 'https://{host}/t', { host: '127.0.0.1' }],
    ['be an origin on http', '{instance}/t', { instance: 'http://eu1.acme.example' }],
    ['be an origin with a path', '{instance}/t', { instance: 'https://eu1.acme.example/x' }],
    ['be an origin that is not listed', '{instance}/t', { instance: 'https://evil.example' }],
    ['be an origin on another port', '{instance}/t', { instance: 'https://eu1.acme.example:444' }],
    ['climb', 'https://a.acme.example/{tenant}/t', { tenant: '..' }],
    ['climb once decoded', 'https://a.acme.example/{tenant}/t', { tenant: '%2e%2e' }],
    ['open a further segment', 'https://a.acme.example/{tenant}/t', { tenant: 'a/b' }],
  ])('%s', (_what, template, values) => {
    expect(fill(template, values)).toBeNull();
  });
});

test('whatever the values are, the address is none or stays on a listed host and at its path', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (shop, tenant) => {
      const address = fill('https://{shop}.acme.example/v1/{tenant}/token', { shop, tenant });
      if (address === null) return;
      const url = new URL(address);
      expect(url.origin).toMatch(/^https:\/\/[a-z0-9.-]+\.acme\.example$/);
      expect(url.pathname.split('/')).toHaveLength(4);
      expect(url.pathname).toMatch(/^\/v1\/.+\/token$/);
      expect(url.search + url.hash + url.username).toBe('');
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['https://{shop}.acme.example/t', '.acme.example'],
  ['https://api.{region}.Acme.example:8443/t', '.acme.example'],
  ['https://{shop}-admin.acme.example', '.acme.example'],
  ['https://{shop}acme.example', null],
  ['https://{shop}.example', null],
  ['https://{shop}.2.3.4', null],
  ['https://{host}/a.b.example', null],
  ['{instance}/a.b.example', null],
])('the part of %s that no value reaches is %s', (template, suffix) => {
  expect(fixedSuffixOf(template)).toBe(suffix);
});

test('it is known which values an address takes, and whether one chooses the host', () => {
  expect(placeholdersOf('https://{shop}.acme.example/{tenant}')).toEqual(['shop', 'tenant']);
  expect(hasOpenHost('https://{shop}.acme.example/t')).toBe(true);
  expect(hasOpenHost('{instance}/t')).toBe(true);
  expect(hasOpenHost('https://a.acme.example/{tenant}')).toBe(false);
});
