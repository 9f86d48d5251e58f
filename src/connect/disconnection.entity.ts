/** A row of disconnection: an account that its user let go of, kept for some weeks. It makes disconnecting twice succeed
 *  without answering for accounts that never were, and holds the tokens, sealed, as long as the provider has still to be
 *  told to revoke them. Read and written by disconnection-store.ts alone. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs, jsonObject } from '../database/column-values.js';
import type { ProviderValues } from '../providers/provider.js';
import type { RevocationOutcome } from './revocation-outcome.js';

@Entity({ name: 'disconnection' })
@Index('disconnection_next_attempt', ['nextAttemptAt'])
@Index('disconnection_expiry', ['expiresAt'])
export class DisconnectionRow {
  @PrimaryColumn({ name: 'account_id', type: 'varchar' })
  accountId!: string;

  @Column({ name: 'user_id', type: 'varchar' })
  userId!: string;

  @Column({ name: 'provider_id', type: 'varchar' })
  providerId!: string;

  /** Who it was there: a person who has connected again is not revoked by a late retry. */
  @Column({ name: 'external_id', type: 'varchar', nullable: true })
  externalId!: string | null;

  /** As on connected_account. */
  @Column({ name: 'provider_values', type: 'text', default: '{}', transformer: jsonObject })
  providerValues!: ProviderValues;

  @Column({ name: 'revocation', type: 'varchar' })
  revocation!: RevocationOutcome;

  @Column({ name: 'refresh_token_fingerprint', type: 'varchar', nullable: true })
  refreshTokenFingerprint!: string | null;

  /** The tokens to revoke; null once there is nothing left to do. */
  @Column({ name: 'sealed_access_token', type: 'text', nullable: true })
  sealedAccessToken!: string | null;

  @Column({ name: 'sealed_refresh_token', type: 'text', nullable: true })
  sealedRefreshToken!: string | null;

  @Column({ name: 'attempts', type: 'integer', default: 0 })
  attempts!: number;

  /** When to try next; null once there is nothing left to do. */
  @Column({ name: 'next_attempt_at', type: 'bigint', nullable: true, transformer: epochMs })
  nextAttemptAt!: number | null;

  @Column({ name: 'expires_at', type: 'bigint', transformer: epochMs })
  expiresAt!: number;
}
