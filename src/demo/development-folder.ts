/** Everything of the development start that outlives it, in one folder (.latchkey): the keyring, the key that signs the
 *  development tokens, and the secrets of the demo provider. Made at the first start and kept from then on, so that
 *  connected accounts survive a restart. Called by start.ts.
 *  Must never: make a key that production would take (the keyring carries the development mark). */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import { StartFault } from '../config/start-fault.js';
import { newKeyringText } from '../vault/keyring.js';
import { makePrivateFolder, readOrMake } from './private-file.js';

export interface DevelopmentFolder {
  readonly path: string;
  readonly keyringFile: string;
  readonly providersFolder: string;
  /** An ES256 private key. */
  readonly signingKey: SigningKey;
  readonly demo: DemoSecrets;
}

const signingKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});
export type SigningKey = z.infer<typeof signingKey>;

const demoSecrets = z.object({
  clientSecret: z.string().min(32),
  cookieKeys: z.array(z.string().min(32)).min(1),
  jwks: z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }),
});
export type DemoSecrets = z.infer<typeof demoSecrets>;

/** `path` is absolute. Throws StartFault where the folder cannot be written or a file in it cannot be read. */
export async function prepareDevelopmentFolder(path: string, clock: Clock): Promise<DevelopmentFolder> {
  const providersFolder = join(path, 'providers');
  const keyringFile = join(path, 'keyring.json');
  await makePrivateFolder(path);
  await makePrivateFolder(providersFolder);
  await readOrMake(keyringFile, () => newKeyringText({ development: true, clock }));
  return {
    path,
    keyringFile,
    providersFolder,
    signingKey: await readJson(join(path, 'signing-key.json'), signingKey, makeSigningKey),
    demo: await readJson(join(path, 'demo-provider.json'), demoSecrets, makeDemoSecrets),
  };
}

async function readJson<T>(file: string, schema: z.ZodType<T>, make: () => Promise<T>): Promise<T> {
  const text = await readOrMake(file, async () => `${JSON.stringify(await make(), null, 2)}\n`);
  const read = schema.safeParse(parseJson(text));
  if (read.success) return read.data;
  throw new StartFault(`The file ${file} is damaged; delete it, and the next start makes a new one.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function makeSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return signingKey.parse(await exportJWK(privateKey));
}

async function makeDemoSecrets(): Promise<DemoSecrets> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return {
    clientSecret: randomBytes(32).toString('base64url'),
    cookieKeys: [randomBytes(32).toString('base64url')],
    jwks: { keys: [{ kty: 'EC', ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'demo-1' }] },
  };
}
