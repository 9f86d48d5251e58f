/** Here the attacker even holds the right key of the place, so that every value is authentic: what refuses it is the
 *  comparison of its header, byte for byte, with the one that seal() writes. */
import { CompactEncrypt } from 'jose';
import { expect, test } from 'vitest';
import { OpenFailure, type SealPlace } from '../../src/vault/seal.js';
import { createTestVault } from '../support/test-keyring.js';

const place: SealPlace = { purpose: 'token-set', table: 't', field: 'f', rowId: 'r', userId: 'u' };
const { keyring, sealer } = createTestVault();
const kid = keyring.sealingKid;
const key = keyring.deriveKey(kid, [place.purpose, kid, place.table, place.field, place.rowId, place.userId]);
const ours = { alg: 'dir', enc: 'A256GCM', kid };

async function sealWith(header: object, { bytes = key, text = 'token' } = {}): Promise<string> {
  const encrypt = new CompactEncrypt(Buffer.from(text)).setProtectedHeader(header as typeof ours);
  return encrypt.encrypt(bytes, { crit: { 'urn:ours': true } });
}

test('the attacker of these tests would get through with our very header', async () => {
  expect((await sealer.open(await sealWith(ours), place)).expose()).toBe('token');
});

test.each([
  ['zip', { ...ours, zip: 'DEF' }],
  ['crit', { ...ours, crit: ['urn:ours'], 'urn:ours': 1 }],
  ['p2c', { ...ours, p2c: 1_000_000 }],
  ['jku', { ...ours, jku: 'https://keys.example/' }],
  ['jwk', { ...ours, jwk: { kty: 'oct', k: 'AAAA' } }],
  ['typ', { ...ours, typ: 'JWT' }],
  ['another order of members', { kid, enc: 'A256GCM', alg: 'dir' }],
  ['no kid', { alg: 'dir', enc: 'A256GCM' }],
  ['a kid of another type', { ...ours, kid: [kid] }],
])('an authentic value whose header has %s does not open', async (_what, header) => {
  await expect(sealer.open(await sealWith(header), place)).rejects.toThrow(OpenFailure);
});

test.each(['A256GCMKW', 'A256KW', 'PBES2-HS256+A128KW'])('a value sealed by %s does not open', async (alg) => {
  await expect(sealer.open(await sealWith({ ...ours, alg }), place)).rejects.toThrow(OpenFailure);
});

test.each([
  ['A128GCM', 16],
  ['A128CBC-HS256', 32],
])('a value sealed with %s does not open', async (enc, length) => {
  const sealed = await sealWith({ ...ours, enc }, { bytes: key.subarray(0, length) });
  await expect(sealer.open(sealed, place)).rejects.toThrow(OpenFailure);
});

test('a header that says the same in other bytes does not open', async () => {
  const [header = '', ...rest] = (await sealWith(ours)).split('.');
  const spaced = Buffer.from(JSON.stringify(ours, null, 1)).toString('base64url');
  const doubled = Buffer.from(`{"alg":"none",${JSON.stringify(ours).slice(1)}`).toString('base64url');
  for (const other of [spaced, doubled, `${header}=`, `${header} `, header.toLowerCase()]) {
    await expect(sealer.open([other, ...rest].join('.'), place)).rejects.toThrow(OpenFailure);
  }
});

test('a value that would unpack to a thousand times its size is refused unread', async () => {
  const bomb = await sealWith({ ...ours, zip: 'DEF' }, { text: 'A'.repeat(10_000_000) });
  expect(bomb.length).toBeLessThan(20_000);
  await expect(sealer.open(bomb, place)).rejects.toThrow(OpenFailure);
});
