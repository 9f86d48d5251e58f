/** What stands in databases already. When one of these fails, vaults in the field no longer open: the format has
 *  changed, and that needs a migration and a decision, not another expectation. */
import { expect, test } from 'vitest';
import { Secret } from '../../src/secret.js';
import { createTestVault } from '../support/test-keyring.js';

const { keyring, sealer } = createTestVault(
  JSON.stringify({
    development: true,
    sealWith: '2026-11-24-959632cb',
    keys: [
      {
        kid: '2026-11-24-959632cb',
        alg: 'A256GCM',
        createdAt: '2026-11-24T22:05:06.807Z',
        key: 'S48v71QEN2-3se0-wgVkz9PFoMGux7uZL8slgIG_luU',
      },
    ],
    fingerprintKey: 'DzvLt58C7WI1ThdirOfTWEN0bmRSZ30nxFABVr_FkSo',
  }),
);

test('a value sealed by version 0.1.0 opens', async () => {
  const sealed =
    'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoiMjAyNi0xMS0yNC05NTk2MzJjYiJ9..7iRFxEsFpj8ykwtM' +
    '.9eghmbqhXIt-V9F85zczPSUdysEcoFM.B7sR8JpgsitMCNpw1UQBIA';
  const place = { table: 'token_set', field: 'access_token', rowId: 'acc_1', userId: 'ann' };
  const opened = await sealer.open(sealed, { purpose: 'token-set', ...place });
  expect(opened.expose()).toBe('sealed by version 0.1.0');
});

test('a fingerprint made by version 0.1.0 is still the fingerprint of that secret', () => {
  const fingerprint = keyring.fingerprint(Secret.of('sealed by version 0.1.0'));
  expect(fingerprint).toBe('VWAGzj5_4hqcn7Wve20nB43gqshz4ptrpMpW3WLvYmA');
});
