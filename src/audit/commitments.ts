/** What the chain of the audit is made of: commitments to personal values, the hash of a row, and its link to the row before.
 *  Pure; used by chain-store.ts, which chains, and verify-chain.ts, which checks. docs/audit.md says the same for others.
 *  Every hash is SHA-256, in hex, over a JSON array as RFC 8785 writes it, whose first member says what it is a hash of: no
 *  two lists give the same bytes, and no hash of one kind passes for one of another. */
import { createHash } from 'node:crypto';

/** Those that say something about a person, in the order of their commitments. */
export const personalFields = ['actorId', 'subjectId', 'accountId', 'reason', 'requestId'] as const;
export type PersonalField = (typeof personalFields)[number];

/** What is chained of a row. The rest is known by its commitments alone. */
export interface ChainedFacts {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly action: string;
  readonly outcome: string;
  /** One for each of `personalFields`. */
  readonly commitments: readonly string[];
}

/** Bound to the value by the hash, and telling nothing of it without the salt, which goes when the value is erased. */
export function commitTo(field: PersonalField, value: string | null, salt: string): string {
  return digest(['latchkey.audit.value.v1', field, salt, value]);
}

export function contentOf({ id, at, action, outcome, commitments }: ChainedFacts): string {
  return digest(['latchkey.audit.event.v1', id, at, action, outcome, ...commitments]);
}

/** The hash of the row at this place, given that of the row before it. */
export function linkAfter(previousHash: string, sequence: number, content: string): string {
  return digest(['latchkey.audit.link.v1', previousHash, sequence, content]);
}

/** What the first row of a chain is linked to. */
export function beginningOf(chain: string): string {
  return digest(['latchkey.audit.chain.v1', chain]);
}

/** For texts, whole numbers and null JSON.stringify writes what RFC 8785 §3.2 asks for. */
function digest(members: readonly (string | number | null)[]): string {
  return createHash('sha256').update(JSON.stringify(members)).digest('hex');
}
