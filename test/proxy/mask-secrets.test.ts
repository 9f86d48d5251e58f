import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMask, maskBytes } from '../../src/proxy/mask-secrets.js';

const secrets = ['planted-token-1', 'planted-token-12345'];
const masked = async (...chunks: string[]): Promise<string> => {
  const mask = Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(createMask(secrets));
  return (await buffer(mask)).toString();
};

test('a secret becomes as many asterisks, the longest first', async () => {
  expect(await masked('a planted-token-1 b')).toBe('a *************** b');
  expect(await masked('a planted-token-12345 b')).toBe(`a ${'*'.repeat(19)} b`);
});

test('a secret that is split over pieces is found wherever it is split', async () => {
  const text = 'x planted-token-12345 y planted-token-1';
  for (let at = 0; at <= text.length; at += 1) {
    expect(await masked(text.slice(0, at), text.slice(at))).toBe(`x ${'*'.repeat(19)} y ${'*'.repeat(15)}`);
  }
  expect(await masked(...text.split(''))).toBe(`x ${'*'.repeat(19)} y ${'*'.repeat(15)}`);
});

test('what is no beginning of a secret is not held back, so that events come as they are sent', async () => {
  const mask = createMask(secrets);
  const seen: string[] = [];
  mask.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
  for (const event of ['data: 1\n\n', 'data: planted', '-nothing\n\n']) {
    await new Promise<void>((resolve) => void mask.write(event, () => resolve()));
  }
  expect(seen).toEqual(['data: 1\n\n', 'data: ', 'planted-nothing\n\n']);
});

test('bytes in pieces are masked as the whole is, and stay as many', async () => {
  const piece = fc.constantFrom('planted', '-token-', '1', '2345', 'p', 'x', ' ', 'planted-token-1');
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (parts) => {
      const whole = parts.join('');
      const text = await masked(...parts);
      expect(text).toHaveLength(whole.length);
      for (const secret of secrets) expect(text).not.toContain(secret);
      expect(maskBytes(Buffer.from(whole), secrets).toString()).toHaveLength(whole.length);
    }),
  );
});
