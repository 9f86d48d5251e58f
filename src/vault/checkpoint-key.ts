/** The key that signs checkpoints of the audit: an Ed25519 key (RFC 8032) of the keyring, the same as long as the keyring lives.
 *  Called by app.ts, which hands `sign` to the audit, and by the command line, which prints and checks.
 *  docs/decisions/0034-who-signs-the-audit.md says why it is derived. Must never: hand out the private part. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify, CompactSign } from 'jose';
import { z } from 'zod';
import type { Keyring } from './keyring.js';

/** As a JWK (RFC 8037), with what it is for. */
export interface CheckpointKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
  /** The thumbprint (RFC 7638) in hex. */
  readonly kid: string;
}

export interface CheckpointSigner {
  readonly publicKey: CheckpointKey;
  /** A compact JWS (RFC 7515 §7.1) over this text. */
  sign(payload: string): Promise<string>;
}

export async function createCheckpointSigner(keyring: Pick<Keyring, 'deriveLastingKey'>): Promise<CheckpointSigner> {
  const privateKey = ed25519Of(keyring.deriveLastingKey(['audit-checkpoint', 'Ed25519']));
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = await withKid(x);
  return {
    publicKey,
    sign: (payload) =>
      new CompactSign(Buffer.from(payload, 'utf8')).setProtectedHeader(headerOf(publicKey.kid)).sign(privateKey),
  };
}

/** What the JWS says, or null where none of the keys signed it. */
export type CheckCheckpoint = (jws: string) => Promise<string | null>;

export function createCheckpointCheck(keys: readonly CheckpointKey[]): CheckCheckpoint {
  return async (jws) => {
    const key = keys.find(({ kid }) => jws.startsWith(`${encodeHeader(kid)}.`));
    if (!key) return null;
    try {
      const { payload } = await compactVerify(jws, { ...key }, { algorithms: ['EdDSA'] });
      return Buffer.from(payload).toString('utf8');
    } catch {
      return null;
    }
  };
}

/** Reads a key as `latchkey audit key` prints it. Null for anything else; a thumbprint that does not fit is not taken over. */
export async function readCheckpointKey(text: string): Promise<CheckpointKey | null> {
  const read = printedKey.safeParse(parseJson(text));
  return read.success ? withKid(read.data.x) : null;
}

/** Of a checkpoint whose parts were told one by one, as in the log. */
export function joinJws(parts: {
  readonly kid: string;
  readonly payload: string;
  readonly signature: Uint8Array;
}): string {
  const { kid, payload, signature } = parts;
  return [
    encodeHeader(kid),
    Buffer.from(payload).toString('base64url'),
    Buffer.from(signature).toString('base64url'),
  ].join('.');
}

const printedKey = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string().regex(/^[\w-]{43}$/) });

async function withKid(x: string): Promise<CheckpointKey> {
  const named = { kty: 'OKP', crv: 'Ed25519', x } as const;
  const kid = Buffer.from(await calculateJwkThumbprint(named), 'base64url').toString('hex');
  return { ...named, alg: 'EdDSA', use: 'sig', kid };
}

/** The header is compared, never read: one that names another algorithm is one that we did not write. */
function headerOf(kid: string): { alg: 'EdDSA'; kid: string; typ: 'latchkey-checkpoint' } {
  return { alg: 'EdDSA', kid, typ: 'latchkey-checkpoint' };
}

function encodeHeader(kid: string): string {
  return Buffer.from(JSON.stringify(headerOf(kid))).toString('base64url');
}

/** RFC 8410 §7: the 32 bytes of the seed behind what says that they are an Ed25519 key. */
function ed25519Of(seed: Uint8Array): KeyObject {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
