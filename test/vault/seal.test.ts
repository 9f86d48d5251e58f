import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createSealer, OpenFailure, type SealPlace } from '../../src/vault/seal.js';
import { Secret } from '../../src/secret.js';
import { createTestVault } from '../support/test-keyring.js';

const place: SealPlace = {
  purpose: 'token-set',
  table: 'token_set',
  field: 'access_token',
  rowId: 'acc_1',
  userId: 'ann',
};
const { keyring, sealer } = createTestVault();
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 500, maxLength: 4000 }));

describe('a value that was sealed', () => {
  test('opens at its place, whatever text it is', async () => {
    const aPlace = fc.record({
      purpose: fc.constantFrom('token-set' as const, 'pending-authorization' as const),
      table: text,
      field: text,
      rowId: text,
      userId: text,
    });
    await fc.assert(
      fc.asyncProperty(text, aPlace, async (value, where) => {
        const sealed = await sealer.seal(Secret.of(value), where);
        expect((await sealer.open(sealed, where)).expose()).toBe(value);
      }),
    );
  });

  test.each(['', '\ufefftoken', '\u0000', 'a\r\n b', '\u{1f511}'])('comes back as it was: %j', async (value) => {
    expect((await sealer.open(await sealer.seal(Secret.of(value), place), place)).expose()).toBe(value);
  });

  test('is refused before sealing where UTF-8 would give back another text', async () => {
    await expect(sealer.seal(Secret.of('half \ud83d'), place)).rejects.toThrow(TypeError);
  });

  test('looks different each time, and shows nothing but how it was sealed and with which key', async () => {
    const [one, other] = [await sealer.seal(Secret.of('a'), place), await sealer.seal(Secret.of('a'), place)];
    expect(one).not.toBe(other);
    const header = JSON.parse(Buffer.from(one.split('.')[0] ?? '', 'base64url').toString());
    expect(header).toEqual({ alg: 'dir', enc: 'A256GCM', kid: keyring.sealingKid });
  });

  test.each([
    ['purpose', { purpose: 'pending-authorization' }],
    ['table', { table: 'pending_authorization' }],
    ['field', { field: 'refresh_token' }],
    ['row', { rowId: 'acc_2' }],
    ['user', { userId: 'bob' }],
    ['border between field and row', { field: 'access_tokena', rowId: 'cc_1' }],
  ] as const)('does not open at another %s', async (_what, other) => {
    const sealed = await sealer.seal(Secret.of('token'), place);
    await expect(sealer.open(sealed, { ...place, ...other })).rejects.toThrow(OpenFailure);
  });

  test('does not open with one character changed, whichever it is and whatever it becomes', async () => {
    const sealed = await sealer.seal(Secret.of('a token'), place);
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ';
    for (let at = 0; at < sealed.length; at += 1) {
      const other = characters[(characters.indexOf(sealed[at] ?? '') + 1 + (at % 40)) % characters.length];
      const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
      await expect(sealer.open(changed, place), `character ${at}`).rejects.toThrow(OpenFailure);
    }
  });

  test('does not open in another spelling of the same bytes', async () => {
    const sealed = await sealer.seal(Secret.of('a token'), place);
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = characters[characters.indexOf(sealed.at(-1) ?? '') + 1] ?? '';
    const respelt = sealed.slice(0, -1) + last;
    expect(tagOf(respelt)).toBe(tagOf(sealed)); // the spare bits of the tag's last character
    await expect(sealer.open(respelt, place)).rejects.toThrow(OpenFailure);
    for (const padded of [`${sealed}==`, `${sealed}\n`, ` ${sealed}`, sealed.replaceAll('-', '+')]) {
      if (padded !== sealed) await expect(sealer.open(padded, place)).rejects.toThrow(OpenFailure);
    }
  });

  test('does not open with a key of another keyring, even one of the same name', async () => {
    const sealed = await createTestVault().sealer.seal(Secret.of('a token'), place);
    await expect(sealer.open(sealed, place)).rejects.toThrow(OpenFailure);
    const own = await sealer.seal(Secret.of('a token'), place);
    const namesake = createSealer({ ...createTestVault().keyring, sealingKid: keyring.sealingKid, kids: keyring.kids });
    await expect(namesake.open(own, place)).rejects.toThrow(OpenFailure);
  });
});

describe('failing to open', () => {
  test('never crashes otherwise, whatever stands in the column', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          text,
          fc.array(text, { maxLength: 7 }).map((parts) => parts.join('.')),
        ),
        async (junk) => {
          await expect(sealer.open(junk, place)).rejects.toThrow(OpenFailure);
        },
      ),
    );
  });

  test('gives one error and costs one derived key and one decryption, whatever failed', async () => {
    let derived = 0;
    const counting = createSealer({
      ...keyring,
      deriveKey(kid, info) {
        derived += 1;
        return keyring.deriveKey(kid, info);
      },
    });
    const sealed = await sealer.seal(Secret.of('a token'), place);
    const [header, , iv, ciphertext, tag] = sealed.split('.');
    const failures = {
      moved: await sealer.seal(Secret.of('a token'), { ...place, rowId: 'acc_2' }),
      unknownKey: await createTestVault().sealer.seal(Secret.of('a token'), place),
      changedTag: `${header}..${iv}.${ciphertext}.${'A'.repeat(22)}`,
      encryptedKey: `${header}.AAAA.${iv}.${ciphertext}.${tag}`,
      shortIv: `${header}..AAAA.${ciphertext}.${tag}`,
      noTag: `${header}..${iv}.${ciphertext}.`,
      fourParts: `${header}..${iv}.${ciphertext}`,
      sixParts: `${sealed}.`,
      empty: '',
    };
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt');
    const seen = new Set<string>();
    for (const failure of Object.values(failures)) {
      const error: Error = await counting.open(failure, place).catch((thrown) => thrown);
      seen.add(JSON.stringify([error.name, error.message, Object.keys(error), 'cause' in error]));
    }
    expect([...seen]).toHaveLength(1);
    expect(derived).toBe(Object.keys(failures).length);
    expect(decrypt).toHaveBeenCalledTimes(Object.keys(failures).length);
    decrypt.mockRestore();
  });
});

function tagOf(sealed: string): string {
  return Buffer.from(sealed.split('.')[4] ?? '', 'base64url').toString('hex');
}
