import { hkdfSync, createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { newKeyringText, parseKeyring } from '../../src/vault/keyring.js';
import { Secret } from '../../src/secret.js';
import { createTestClock } from '../support/test-clock.js';
import { createTestVault } from '../support/test-keyring.js';

const clock = createTestClock(Date.UTC(2026, 10, 24));
const newKeyring = (): Record<string, unknown> & { keys: Record<string, unknown>[] } =>
  JSON.parse(newKeyringText({ development: false, clock }));
const faultsOf = (keyring: unknown): string[] => {
  const parsed = parseKeyring(Secret.of(typeof keyring === 'string' ? keyring : JSON.stringify(keyring)));
  return 'faults' in parsed ? parsed.faults.map(({ path, fault }) => `${path} ${fault}`) : [];
};

describe('a new keyring', () => {
  test('is read back and names its key by the day it was made', () => {
    const { keyring } = createTestVault(newKeyringText({ development: false, clock }));
    expect(keyring.sealingKid).toMatch(/^2026-11-24-[0-9a-f]{8}$/);
    expect(keyring.kids).toEqual([keyring.sealingKid]);
  });

  test('bears a mark when it was made for development, and none otherwise', () => {
    expect(createTestVault(newKeyringText({ development: true, clock })).keyring.isDevelopment).toBe(true);
    expect(createTestVault(newKeyringText({ development: false, clock })).keyring.isDevelopment).toBe(false);
  });

  test('takes every byte from the randomness it is given, and never makes the same twice', () => {
    let next = 0;
    const random = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, () => next++ % 256);
    const { keys, fingerprintKey } = JSON.parse(newKeyringText({ development: false, clock, random }));
    expect(Buffer.from(keys[0].key, 'base64url')[0]).toBe(4);
    expect(Buffer.from(fingerprintKey, 'base64url')[0]).toBe(36);
    expect(newKeyring().keys[0]?.['key']).not.toBe(newKeyring().keys[0]?.['key']);
  });
});

describe('a key of the ring', () => {
  test('is never handed out: what is derived is HKDF-SHA-256 over the hashed, length-prefixed info', () => {
    const text = newKeyring();
    const { keyring } = createTestVault(JSON.stringify(text));
    const info = ['token-set', 'kid', 'user ü'];
    const prefixed = ['latchkey/1', ...info].flatMap((part) => {
      const bytes = Buffer.from(part);
      return [Buffer.from([0, 0, 0, bytes.length]), bytes];
    });
    const ikm = Buffer.from(String(text.keys[0]?.['key']), 'base64url');
    const context = createHash('sha256').update(Buffer.concat(prefixed)).digest();
    const expected = Buffer.from(hkdfSync('sha256', ikm, '', context, 32));
    expect(Buffer.from(keyring.deriveKey(keyring.sealingKid, info))).toEqual(expected);
  });

  test('cannot be asked for under a name that the ring does not hold', () => {
    expect(() => createTestVault().keyring.deriveKey('other', [])).toThrow('holds no key "other"');
  });

  test('does not print, however the keyring is turned into text', () => {
    const text = newKeyring();
    const { keyring } = createTestVault(JSON.stringify(text));
    const printed = inspect(keyring, { depth: 9, showHidden: true }) + JSON.stringify(keyring);
    const bytes = Buffer.from(String(text.keys[0]?.['key']), 'base64url');
    for (const form of [bytes.toString('base64url'), bytes.toString('hex'), inspect(bytes).slice(8, 40)]) {
      expect(printed).not.toContain(form);
    }
    expect(inspect({ bytes })).toContain(inspect(bytes).slice(8, 40)); // a key that did print would be found
  });
});

describe('a fingerprint', () => {
  test('stays the same when the sealing key is rotated', () => {
    const text = newKeyring();
    const before = createTestVault(JSON.stringify(text)).keyring;
    const [added] = newKeyring().keys;
    const rotated = { ...text, keys: [...text.keys, added], sealWith: added?.['kid'] };
    const after = createTestVault(JSON.stringify(rotated)).keyring;
    expect(after.sealingKid).not.toBe(before.sealingKid);
    expect(after.fingerprint(Secret.of('a refresh token'))).toBe(before.fingerprint(Secret.of('a refresh token')));
  });

  test('differs for another secret, and under another keyring', () => {
    const [one, other] = [createTestVault().keyring, createTestVault().keyring];
    expect(one.fingerprint(Secret.of('a'))).not.toBe(one.fingerprint(Secret.of('b')));
    expect(one.fingerprint(Secret.of('a'))).not.toBe(other.fingerprint(Secret.of('a')));
  });
});

describe('a faulty keyring', () => {
  test.each([
    ['development', 'yes', 'LATCHKEY_KEYRING: development is not true or false'],
    ['sealWith', undefined, 'LATCHKEY_KEYRING: sealWith is missing'],
    ['sealWith', 'gone', 'LATCHKEY_KEYRING: sealWith names no key of this keyring'],
    ['keys', undefined, 'LATCHKEY_KEYRING: keys is missing'],
    ['keys', {}, 'LATCHKEY_KEYRING: keys is not a list with at least one key'],
    ['fingerprintKey', undefined, 'LATCHKEY_KEYRING: fingerprintKey is missing'],
    ['fingerprintKey', 'short', 'LATCHKEY_KEYRING: fingerprintKey is not a key of 32 random bytes'],
    ['sealwith', 'x', 'LATCHKEY_KEYRING: sealwith is not a member of a keyring'],
  ])('%s = %j is named with its path', (member, value, expected) => {
    expect(faultsOf({ ...newKeyring(), [member]: value })).toContain(expected);
  });

  test.each([
    ['kid', '', 'is not a name of 1 to 32 of the characters A-Z, a-z, 0-9, ".", "_" and "-"'],
    ['kid', undefined, 'is missing'],
    ['alg', 'A128GCM', 'is not "A256GCM"'],
    ['alg', 'none', 'is not "A256GCM"'],
    ['createdAt', 'yesterday', 'is not a time such as 2026-01-31T12:00:00Z'],
    ['key', Buffer.alloc(31, 'abcdefghijklmnopqrstuvwxyz').toString('base64url'), 'is not a key of 32 random bytes'],
    ['key', Buffer.alloc(33, 'abcdefghijklmnopqrstuvwxyz').toString('base64url'), 'is not a key of 32 random bytes'],
    ['key', 'A'.repeat(43), 'is not a key of 32 random bytes'],
    ['use', 'enc', 'is not a member of a keyring'],
  ])('a key whose %s is %j is named with its place in the list', (member, value, expected) => {
    const keyring = newKeyring();
    keyring.keys[0] = { ...keyring.keys[0], [member]: value };
    expect(faultsOf(keyring)).toContain(`LATCHKEY_KEYRING: keys[0].${member} ${expected}`);
  });

  test('a key in standard base64, padded or with spare bits set is not read as if it were right', () => {
    const { key } = newKeyring().keys[0] as { key: string };
    const spare = key.slice(0, 42) + String.fromCharCode(key.charCodeAt(42) + 1);
    for (const spelling of [`${key}=`, ` ${key}`, spare]) {
      const keyring = newKeyring();
      keyring.keys[0] = { ...keyring.keys[0], key: spelling };
      expect(faultsOf(keyring)).toEqual(['LATCHKEY_KEYRING: keys[0].key is not a key of 32 random bytes']);
    }
  });

  test('two keys may share neither name nor bytes, and the fingerprint key none of them', () => {
    const keyring = newKeyring();
    const [first] = keyring.keys;
    expect(faultsOf({ ...keyring, keys: [first, { ...first }], fingerprintKey: first?.['key'] })).toEqual([
      'LATCHKEY_KEYRING: keys[1].kid is the name of another key too',
      'LATCHKEY_KEYRING: keys[1].key is the same as another key',
      'LATCHKEY_KEYRING: fingerprintKey is also a key that seals',
    ]);
  });

  test('is told all its faults at once, each with a mend', () => {
    const keyring = {
      ...newKeyring(),
      sealWith: 'gone',
      fingerprintKey: 1,
      keys: [{ kid: 'k1' }, 'k2', { kid: 'k1' }],
    };
    const parsed = parseKeyring(Secret.of(JSON.stringify(keyring)));
    const faults = 'faults' in parsed ? parsed.faults : [];
    expect(faults.map(({ path }) => path.replace('LATCHKEY_KEYRING: ', ''))).toEqual([
      'keys[0].alg',
      'keys[0].createdAt',
      'keys[0].key',
      'keys[1]',
      'keys[2].alg',
      'keys[2].createdAt',
      'keys[2].key',
      'fingerprintKey',
      'keys[2].kid',
      'sealWith',
    ]);
    for (const { mend } of faults) expect(mend).toMatch(/^[A-Z].+\.$/);
  });

  test.each(['', 'null', '[]', '"text"', '{', '1'])('%j is one fault that says how to make a keyring', (text) => {
    expect(faultsOf(text).length).toBeGreaterThan(0);
    const parsed = parseKeyring(Secret.of(text));
    expect('faults' in parsed && parsed.faults[0]?.mend).toContain('latchkey.js keys new');
  });

  test('is never quoted, wherever in it a key was put by mistake', () => {
    const key = 'kJ8-hh1rT3x_Zw0aVbQeYuIoPlMnCd5Gf7sSd9A2Xq4';
    const keyring = newKeyring();
    const mistakes = [
      `{"sealWith": ${key}}`,
      { ...keyring, [key]: 1 },
      { ...keyring, sealWith: key },
      { ...keyring, keys: [key, { ...keyring.keys[0], kid: key, alg: key, createdAt: key }] },
      { ...keyring, fingerprintKey: `${key}${key}` },
    ];
    for (const mistake of mistakes) {
      expect(faultsOf(mistake).length).toBeGreaterThan(0);
      expect(faultsOf(mistake).join()).not.toContain(key.slice(0, 8));
    }
  });
});
