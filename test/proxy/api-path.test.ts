import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readApiPath } from '../../src/proxy/api-path.js';

const refused = (path: string): void => {
  expect(() => readApiPath(path), path).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
};

describe('a path that passes goes out byte for byte', () => {
  it.each([
    '/',
    '/crm/v3/objects/contacts',
    '/crm/v3/objects/',
    '/projects/group%2Fproject/issues',
    '/webmasters/v3/sites/https%3A%2F%2Fwww.example.com%2F/searchAnalytics/query',
    '/users/me@example.com/messages:send',
    "/odata/Items('a;b')/x,y",
    '/files/report%20100%25.pdf',
    '/.well-known/thing',
    '/a/...',
    '/a/..b/c..',
    '/%E2%82%AC',
  ])('%s', (path) => {
    expect(readApiPath(path).path).toBe(path);
    expect(readApiPath(`${path}?a=../..&b=%2e%2e/\\`)).toMatchObject({ path, query: '?a=../..&b=%2e%2e/\\' });
  });
});

describe('a path that could mean another place is refused', () => {
  it.each([
    'crm',
    '/..',
    '/../token',
    '/a/../../token',
    '/./a',
    '/a/.',
    '/%2e%2e/token',
    '/%2E%2e/token',
    '/.%2e/token',
    '/%252e%252e/token',
    '/%25252e%25252e/token',
    '/a%2f..%2f..%2ftoken',
    '/a%2f%2e%2e%2ftoken',
    '/a%252f%252e%252e',
    '/a\\..\\token',
    '/a%5c..%5ctoken',
    '/a%255c..%255ctoken',
    '//evil.example/a',
    '/a//b',
    '/%2fevil.example',
    '/%2f%2fevil.example',
    '/;/evil.example',
    '/%20/evil.example',
    '/%ef%bc%8fevil.example',
    '/\\evil.example',
    '/..;/token',
    '/..;x=1/token',
    '/%2e%2e%3b/token',
    '/a/..%00/b',
    '/a%00',
    '/a%0d%0aX: y',
    '/a%09b',
    '/..%20/token',
    '/%20../token',
    '/%c0%ae%c0%ae/token',
    '/%e0%80%ae%e0%80%ae/token',
    '/%c0%af..%c0%aftoken',
    '/%ff',
    '/%u002e%u002e/token',
    '/%25u002e%25u002e/token',
    '/%ef%bc%8e%ef%bc%8e/token',
    '/%e2%80%a5/token',
    '/a%',
    '/a%zz',
    '/a b',
    '/a#b',
    '/a?b#c',
    '/ä',
    '/a\u0000',
    'http://evil.example/',
    '/%2525252525252e',
  ])('%s', refused);
});

/** What servers, frameworks and proxies are known to make of a path, one after the other, as often as they like. */
const readers: ((path: string) => string)[] = [
  (path) => path.replaceAll(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  (path) => path.replaceAll('\\', '/'),
  (path) => path.replaceAll(/;[^/]*/g, ''),
  (path) => path.replaceAll(/\/{2,}/g, '/'),
  (path) => path.normalize('NFKC'),
  (path) => path.split('\0')[0] ?? '',
  (path) =>
    path
      .split('/')
      .map((segment) => segment.trim())
      .join('/'),
];

const pieces = fc.constantFrom(
  ...'/ // \\ . .. %2e %2E %252e %2f %252f %5c ; %3b %00 %c0%ae %u002e a token %20 ? %3f # %23 @ :'.split(' '),
  ' ',
  'evil.example',
  '\u2025',
  '%ef%bc%8e',
  '%25',
  '%',
);
const hostilePath = fc.array(pieces, { maxLength: 12 }).map((parts) => `/${parts.join('')}`);
const readings = fc.array(fc.nat(readers.length - 1), { maxLength: 6 });

test('no path that passes leaves its base, whoever reads it and however often', () => {
  fc.assert(
    fc.property(hostilePath, readings, (text, order) => {
      let path: string;
      try {
        ({ path } = readApiPath(text));
      } catch {
        return;
      }
      const base = '/base/v1';
      const read = order.reduce((now, index) => readers[index]?.(now) ?? now, path);
      expect(new URL(`https://api.example${base}${path}`).href).toBe(`https://api.example${base}${path}`);
      const resolved = new URL(`https://api.example${base}${read.replaceAll(/[?#]/g, '_')}`);
      expect(resolved.origin).toBe('https://api.example');
      expect(resolved.pathname.startsWith(base)).toBe(true);
      expect(read.startsWith('//')).toBe(false);
    }),
    { numRuns: 20_000 },
  );
});

test('the property sees a path that escapes', () => {
  const read = readers[0]?.('/%2e%2e/%2e%2e/token') ?? '';
  expect(new URL(`https://api.example/base/v1${read}`).pathname.startsWith('/base/v1')).toBe(false);
});
