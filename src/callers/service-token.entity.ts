/** The row of a service token: what it may do, and how long. Its secrets have rows of their own. Written by
 *  service-token-store.ts. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs, jsonObject } from '../database/column-values.js';
import type { ServiceScope } from './service-token.js';

@Entity({ name: 'service_token' })
@Index('service_token_page', ['createdAt', 'id'])
export class ServiceTokenRow {
  @PrimaryColumn({ name: 'id', type: 'varchar' })
  id!: string;

  @Column({ name: 'name', type: 'varchar' })
  name!: string;

  @Column({ name: 'scope', type: 'text', transformer: jsonObject })
  scope!: ServiceScope;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;

  @Column({ name: 'created_by', type: 'varchar' })
  createdBy!: string;

  @Column({ name: 'expires_at', type: 'bigint', transformer: epochMs })
  expiresAt!: number;

  @Column({ name: 'revoked_at', type: 'bigint', nullable: true, transformer: epochMs })
  revokedAt!: number | null;
}
