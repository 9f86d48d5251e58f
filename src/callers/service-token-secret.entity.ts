/** The row of one secret of a service token: its digest, never itself. There are several while one is exchanged for another.
 *  Written by service-token-store.ts. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/column-values.js';

@Entity({ name: 'service_token_secret' })
@Index('service_token_secret_token', ['tokenId', 'createdAt'])
export class ServiceTokenSecretRow {
  /** SHA-256 as base64url (Secret.digest). */
  @PrimaryColumn({ name: 'digest', type: 'varchar' })
  digest!: string;

  @Column({ name: 'token_id', type: 'varchar' })
  tokenId!: string;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;

  /** Null: with its token. */
  @Column({ name: 'ends_at', type: 'bigint', nullable: true, transformer: epochMs })
  endsAt!: number | null;

  /** To the minute. */
  @Column({ name: 'last_used_at', type: 'bigint', nullable: true, transformer: epochMs })
  lastUsedAt!: number | null;
}
