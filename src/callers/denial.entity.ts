/** The rows of the deny list: whose JWTs are refused before they end, and how often the list was changed. Written by
 *  denial-store.ts. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/column-values.js';

/** A user id, or the id of one JWT (jti, RFC 7519 §4.1.7). */
export type DenialKind = 'SUBJECT' | 'TOKEN';

@Entity({ name: 'denial' })
@Index('denial_of', ['kind', 'value'], { unique: true })
@Index('denial_page', ['createdAt', 'id'])
export class DenialRow {
  @PrimaryColumn({ name: 'id', type: 'varchar' })
  id!: string;

  @Column({ name: 'kind', type: 'varchar' })
  kind!: DenialKind;

  @Column({ name: 'value', type: 'varchar' })
  value!: string;

  /** Of a subject: only JWTs issued before this moment; null for all. */
  @Column({ name: 'issued_before', type: 'bigint', nullable: true, transformer: epochMs })
  issuedBefore!: number | null;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;

  @Column({ name: 'created_by', type: 'varchar' })
  createdBy!: string;

  @Column({ name: 'reason', type: 'varchar' })
  reason!: string;

  /** When it is forgotten; null for never. */
  @Column({ name: 'ends_at', type: 'bigint', nullable: true, transformer: epochMs })
  endsAt!: number | null;
}

/** One row: its number grows with each change, so that whoever keeps a copy sees whether it is the latest. */
@Entity({ name: 'deny_list' })
export class DenyListRow {
  @PrimaryColumn({ name: 'id', type: 'varchar' })
  id!: string;

  @Column({ name: 'revision', type: 'bigint', transformer: epochMs })
  revision!: number;
}
