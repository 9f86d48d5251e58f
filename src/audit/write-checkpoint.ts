/** Signs how far the chain has come, and brings that out of the database's reach: to a file, to the log, and to an address where
 *  one is set. Called by keep-audit.ts. Whoever rewrites the chain later cannot rewrite what was told here. */
import type { Clock } from '../clock.js';
import type { Logger } from '../observe/logger.js';
import { OutboundError, type Outbound } from '../outbound/outbound.js';
import { appendCheckpoint } from './checkpoint-file.js';
import { payloadOf, type Checkpoint } from './checkpoint.js';

/** Throws where the file cannot be written: then the checkpoint does not count. */
export type WriteCheckpoint = (place: Omit<Checkpoint, 'at'>) => Promise<void>;

export interface CheckpointAddress {
  readonly url: string;
  readonly network: 'public' | 'loopback';
}

/** The key of vault/checkpoint-key.ts. */
export interface Signer {
  readonly publicKey: { readonly kid: string };
  /** Gives a compact JWS over the text. */
  sign(payload: string): Promise<string>;
}

export interface WriteCheckpointParts {
  readonly signer: Signer;
  readonly file: string;
  /** Null where it is posted nowhere. */
  readonly address: CheckpointAddress | null;
  readonly outbound: Pick<Outbound, 'send'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const POST_TIMEOUT_MS = 10_000;

export function createWriteCheckpoint(parts: WriteCheckpointParts): WriteCheckpoint {
  const { signer, file, address, outbound, clock, log } = parts;

  return async ({ chain, sequence, hash }) => {
    const checkpoint = { chain, sequence, hash, at: clock.now() };
    const jws = await signer.sign(payloadOf(checkpoint));
    await appendCheckpoint(file, jws);
    // In parts and in hex, because the log seals whatever looks like a token. The same line can be checked (docs/audit.md).
    const proof = Buffer.from(jws.slice(jws.lastIndexOf('.') + 1), 'base64url').toString('hex');
    log.info({ event: 'audit.checkpoint', ...checkpoint, kid: signer.publicKey.kid, proof });
    if (address) await post(jws, address);
  };

  /** Best effort: the next one covers all that this one does. */
  async function post(jws: string, { url, network }: CheckpointAddress): Promise<void> {
    try {
      const { status } = await outbound.send({
        url,
        method: 'POST',
        headers: { 'content-type': 'application/jose' },
        body: jws,
        allowedOrigins: [new URL(url).origin],
        network,
        timeoutMs: POST_TIMEOUT_MS,
        maxBytes: 4 * 1024,
        mayBeCut: true,
      });
      if (status < 200 || status > 299) log.warn({ event: 'audit.checkpoint_not_posted', status });
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      log.warn({ event: 'audit.checkpoint_not_posted', failure: error.failure });
    }
  }
}
