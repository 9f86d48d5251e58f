/** The one row that says how far the audit is chained, signed and cut, and who may go on. Read and written by chain-store.ts. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs, wholeNumber } from '../database/column-values.js';

@Entity({ name: 'audit_chain' })
export class AuditChainRow {
  /** Always CHAIN_ROW. */
  @PrimaryColumn({ name: 'id', type: 'varchar' })
  id!: string;

  /** Names this vault's chain, so that no other vault's is taken for it. */
  @Column({ name: 'chain', type: 'varchar' })
  chain!: string;

  /** The last row that is chained, and its hash; 0 and the chain's beginning while there is none. */
  @Column({ name: 'sequence', type: 'bigint', transformer: wholeNumber })
  sequence!: number;

  @Column({ name: 'hash', type: 'varchar' })
  hash!: string;

  /** The last row that retention took, and its hash. */
  @Column({ name: 'cut_sequence', type: 'bigint', transformer: wholeNumber })
  cutSequence!: number;

  @Column({ name: 'cut_hash', type: 'varchar' })
  cutHash!: string;

  /** The last row that a checkpoint was signed for, and when, by the database's clock. */
  @Column({ name: 'signed_sequence', type: 'bigint', transformer: wholeNumber })
  signedSequence!: number;

  @Column({ name: 'signed_at', type: 'bigint', transformer: epochMs })
  signedAt!: number;

  @Column({ name: 'lease_holder', type: 'varchar', nullable: true })
  leaseHolder!: string | null;

  /** By the database's clock. */
  @Column({ name: 'lease_until', type: 'bigint', nullable: true, transformer: epochMs })
  leaseUntil!: number | null;
}
