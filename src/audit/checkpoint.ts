/** What a checkpoint says: how far the chain had come at a time. Pure; used by write-checkpoint.ts and by what checks. A signature
 *  is over `payloadOf` byte for byte. */
import { z } from 'zod';

export interface Checkpoint {
  /** The chain's name. */
  readonly chain: string;
  /** The last row that was chained, and its hash. */
  readonly sequence: number;
  readonly hash: string;
  /** When it was signed, epoch milliseconds. */
  readonly at: number;
}

const members = {
  chain: z.uuid(),
  sequence: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.int(),
};

const checkpoint = z.strictObject(members);

/** As the log tells one (write-checkpoint.ts): its members, whose key signed it, and the signature in hex. */
export const checkpointEvent = z.object({
  event: z.literal('audit.checkpoint'),
  ...members,
  kid: z.string(),
  proof: z.string().regex(/^[0-9a-f]{128}$/),
});

/** JSON with its members in this order and no white space. */
export function payloadOf({ chain, sequence, hash, at }: Checkpoint): string {
  return JSON.stringify({ chain, sequence, hash, at });
}

/** Null where it is no checkpoint. */
export function readPayload(text: string): Checkpoint | null {
  try {
    return checkpoint.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
