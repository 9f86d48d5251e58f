import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAddressAllowed, literalAddress } from '../../src/outbound/address-policy.js';

const LOOPBACK = ['127.0.0.1', '127.8.9.10', '127.255.255.255', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:ffff:7f00:1'];

const NOT_PUBLIC = [
  ...LOOPBACK,
  '::10.0.0.1', // IPv4-compatible
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1', // carrier NAT
  '169.254.169.254', // cloud metadata
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::ffff:10.0.0.1', // IPv4-mapped
  '::ffff:169.254.169.254',
  '64:ff9b::10.0.0.1', // NAT64
  '64:ff9b:1::1',
  '100::1',
  '2001::1', // Teredo
  '2001:db8::1',
  '2002:7f00:1::', // 6to4 of 127.0.0.1
  'fc00::1',
  'fd00:ec2::254', // cloud metadata
  'fe80::1',
  'fec0::1',
  'ff02::1',
  '4000::1', // not assigned
  '3fff::1', // documentation
  '2001:2::1', // benchmarking
  '2001:10::1', // ORCHID
  '2620:4f:8000::1', // AS112
  '192.88.99.1', // 6to4 relays
  '0.1.2.3',
  '::ffff:0:10.0.0.1', // IPv4-translated
  '64:ff9b::7f00:1', // NAT64 of 127.0.0.1
  '2001:0:1::1', // Teredo
  '2002:a00:1::', // 6to4 of 10.0.0.1
  'fe80::1%eth0',
  '2606:4700::1%eth0', // public, and by a zone not
  '::1%lo',
];

const PUBLIC = ['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450:4001::200e'];

test.each(NOT_PUBLIC)('%s is refused on the public network', (address) => {
  expect(isAddressAllowed(address, 'public')).toBe(false);
});

test.each(PUBLIC)('%s is allowed on the public network and refused on loopback', (address) => {
  expect(isAddressAllowed(address, 'public')).toBe(true);
  expect(isAddressAllowed(address, 'loopback')).toBe(false);
});

test.each(LOOPBACK)('%s is allowed on loopback', (address) => {
  expect(isAddressAllowed(address, 'loopback')).toBe(true);
});

test('loopback allows loopback alone: no private address passes there', () => {
  const others = NOT_PUBLIC.filter((address) => !LOOPBACK.includes(address));
  expect(others.filter((address) => isAddressAllowed(address, 'loopback'))).toEqual([]);
});

test('what is not an address is refused on both networks', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(literalAddress(text) === null);
      expect(isAddressAllowed(text, 'public') || isAddressAllowed(text, 'loopback')).toBe(false);
    }),
  );
});

test.each([
  ['http://2130706433/', '127.0.0.1'], // decimal
  ['http://0x7f000001/', '127.0.0.1'], // hexadecimal
  ['http://0177.0.0.1/', '127.0.0.1'], // octal
  ['http://127.1/', '127.0.0.1'], // short
  ['http://127.0.0.1./', '127.0.0.1'], // with the root's dot
  ['http://１２７.0.0.1/', '127.0.0.1'], // full width
  ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
  ['http://[::1]/', '::1'],
])('the host of %s is seen as the address %s', (url, address) => {
  expect(literalAddress(new URL(url).hostname)).toBe(address);
});

test('a name is not taken for an address', () => {
  expect(literalAddress('localhost')).toBeNull();
  expect(literalAddress('127.0.0.1.example.com')).toBeNull();
});
