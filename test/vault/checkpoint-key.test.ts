import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  createCheckpointCheck,
  createCheckpointSigner,
  joinJws,
  readCheckpointKey,
} from '../../src/vault/checkpoint-key.js';
import { createTestVault } from '../support/test-keyring.js';

const signerOfNewVault = () => createCheckpointSigner(createTestVault().keyring);

test('a checkpoint can be checked by anybody with Ed25519 and the printed key', async () => {
  const { publicKey, sign } = await signerOfNewVault();
  const [header = '', payload = '', signature = ''] = (await sign('{"sequence":1}')).split('.');
  const key = createPublicKey({ key: { ...publicKey }, format: 'jwk' });
  expect(verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
  expect(Buffer.from(payload, 'base64url').toString()).toBe('{"sequence":1}');
});

test('what was altered, or signed by the key of another vault, says nothing', async () => {
  const { publicKey, sign } = await signerOfNewVault();
  const stranger = await signerOfNewVault();
  const check = createCheckpointCheck([publicKey]);
  const jws = await sign('{"sequence":1}');
  expect(await check(jws)).toBe('{"sequence":1}');
  const [header, , signature] = jws.split('.');
  const altered = Buffer.from('{"sequence":2}').toString('base64url');
  expect(await check(`${header}.${altered}.${signature}`)).toBeNull();
  expect(await check(await stranger.sign('{"sequence":1}'))).toBeNull();
  const none = Buffer.from(JSON.stringify({ alg: 'none', kid: publicKey.kid })).toString('base64url');
  expect(await check(`${none}.${jws.split('.')[1]}.`)).toBeNull();
});

test('a checkpoint that is put together from its parts is the one that was signed', async () => {
  const { publicKey, sign } = await signerOfNewVault();
  const jws = await sign('{"sequence":1}');
  const signature = Buffer.from(jws.split('.')[2] ?? '', 'base64url');
  expect(joinJws({ kid: publicKey.kid, payload: '{"sequence":1}', signature })).toBe(jws);
});

test('a printed key is read back, under the name that is its own', async () => {
  const { publicKey } = await signerOfNewVault();
  expect(await readCheckpointKey(JSON.stringify(publicKey))).toEqual(publicKey);
  expect(await readCheckpointKey(JSON.stringify({ ...publicKey, kid: 'another' }))).toEqual(publicKey);
  for (const text of ['', '{}', 'nonsense', JSON.stringify({ ...publicKey, crv: 'X25519' })]) {
    expect(await readCheckpointKey(text)).toBeNull();
  }
});
