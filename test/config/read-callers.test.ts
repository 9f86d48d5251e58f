import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { configOf, faultPathsOf, faultsOf, type Changes } from '../support/test-config.js';

const secret = 'planted-secret-of-more-than-32-bytes!!';
const withoutKey = { LATCHKEY_JWT_DISCOVERY: undefined };
const ec = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);

describe('the key of callers', () => {
  test('has exactly one source', () => {
    expect(faultsOf(withoutKey)).toMatchObject([{ path: 'LATCHKEY_JWT_*' }]);
    const [both] = faultsOf({ LATCHKEY_JWT_SECRET: secret });
    expect(both?.fault).toBe('are given together: LATCHKEY_JWT_DISCOVERY, LATCHKEY_JWT_SECRET');
  });

  test('is not discovered where discovery is switched off', () => {
    expect(faultPathsOf({ LATCHKEY_JWT_DISCOVERY: 'false' })).toEqual(['LATCHKEY_JWT_*']);
    const changes = { LATCHKEY_JWT_DISCOVERY: 'false', LATCHKEY_JWT_SECRET: secret };
    expect(configOf(changes).callers.key.kind).toBe('sharedSecret');
  });

  test('is discovered only from an issuer that is an https URL', () => {
    expect(faultPathsOf({ LATCHKEY_JWT_ISSUER: 'my-app' })).toEqual(['LATCHKEY_JWT_DISCOVERY']);
    expect(faultPathsOf({ LATCHKEY_JWT_ISSUER: 'http://login.example.com' })).toEqual(['LATCHKEY_JWT_DISCOVERY']);
    expect(
      faultPathsOf({ LATCHKEY_JWT_ISSUER: 'my-app', LATCHKEY_JWT_DISCOVERY: '', LATCHKEY_JWT_SECRET: secret }),
    ).toEqual([]);
  });

  test('as a shared secret has 32 bytes at least, and as many as its algorithm hashes to', () => {
    expect(pathsOfSecret('x'.repeat(31))).toEqual(['LATCHKEY_JWT_SECRET']);
    expect(pathsOfSecret('x'.repeat(32))).toEqual([]);
    expect(pathsOfSecret('x'.repeat(63), 'HS256 HS512')).toEqual(['LATCHKEY_JWT_ALGORITHMS[1]']);
    expect(pathsOfSecret('x'.repeat(64), 'HS256 HS512')).toEqual([]);
  });

  test('as a public key says by itself which algorithm it is for', () => {
    expect(algorithmsOf(ec)).toEqual(['ES256']);
    expect(algorithmsOf(ec.replaceAll('\n', String.raw`\n`))).toEqual(['ES256']);
    expect(algorithmsOf(pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey))).toEqual(['ES384']);
    expect(algorithmsOf(pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey))).toEqual(['RS256']);
    expect(algorithmsOf(pemOf(generateKeyPairSync('ed25519').publicKey))).toEqual(['EdDSA']);
  });

  test('is refused where it is private, weak, of an unknown kind, or no key', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(faultOf(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())).toContain('is a private key');
    expect(faultOf(pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey))).toContain('2048 bits');
    expect(faultOf(pemOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey))).toContain('P-256');
    expect(faultOf('planted')).toBe('is not a public key or certificate in PEM');
  });

  test.each([
    ['none', { LATCHKEY_JWT_DISCOVERY: 'true' }],
    ['HS256', { LATCHKEY_JWT_DISCOVERY: 'true' }],
    ['HS256', { ...withoutKey, LATCHKEY_JWT_PUBLIC_KEY: ec }],
    ['RS256', { ...withoutKey, LATCHKEY_JWT_PUBLIC_KEY: ec }],
    ['RS256', { ...withoutKey, LATCHKEY_JWT_SECRET: secret }],
    ['none', { ...withoutKey, LATCHKEY_JWT_SECRET: secret }],
    ['es256', { LATCHKEY_JWT_DISCOVERY: 'true' }],
  ])('does not go with the algorithm %s (%#)', (algorithm, changes: Changes) => {
    expect(faultPathsOf({ ...changes, LATCHKEY_JWT_ALGORITHMS: algorithm })).toEqual(['LATCHKEY_JWT_ALGORITHMS[0]']);
  });
});

function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function pathsOfSecret(text: string, algorithms = ''): string[] {
  return faultPathsOf({ ...withoutKey, LATCHKEY_JWT_SECRET: text, LATCHKEY_JWT_ALGORITHMS: algorithms });
}

function algorithmsOf(pem: string): readonly string[] {
  return configOf({ ...withoutKey, LATCHKEY_JWT_PUBLIC_KEY: pem }).callers.algorithms;
}

function faultOf(pem: string): string | undefined {
  return faultsOf({ ...withoutKey, LATCHKEY_JWT_PUBLIC_KEY: pem })[0]?.fault;
}
