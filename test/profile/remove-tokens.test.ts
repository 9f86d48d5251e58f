import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { removeTokens } from '../../src/profile/remove-tokens.js';
import { Secret } from '../../src/secret.js';

const texts = ['planted access/token+1', 'planted-refresh-token', 'planted-client-secret'];
const secrets = texts.map((text) => Secret.of(text));

test.each(texts)('%j does not come back in any spelling, whatever stands around it', (secret) => {
  const bytes = Buffer.from(secret);
  const spellings = [
    secret,
    encodeURIComponent(secret),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    Buffer.from(`${secret} and more`).toString('base64'),
  ];
  for (const spelling of spellings) {
    const answer = {
      name: 'Ann',
      note: `before ${spelling} after`,
      list: [spelling, 'kept'],
      deep: { [spelling]: 1, b: 2 },
    };
    expect(removeTokens(answer, secrets), spelling).toEqual({ name: 'Ann', list: ['kept'], deep: { b: 2 } });
  }
});

test('what holds no secret is kept as it came', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 7 })), (answer) => {
      fc.pre(!Object.keys(answer).some((name) => /token|secret|passw|assertion|authori|key/i.test(name)));
      expect(removeTokens(answer, secrets)).toEqual(answer);
    }),
  );
});
