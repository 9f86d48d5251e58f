/** The row of a connected account. Read and written by account-store alone; the tokens are not here (vault/token-set). */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs, jsonObject, textList } from '../database/column-values.js';
import type { ProviderValues } from '../providers/provider.js';
import type { AccountStatus, PolicyOverride, RefreshErrorCode } from './connected-account.js';

@Entity({ name: 'connected_account' })
@Index('connected_account_external', ['userId', 'providerId', 'externalId'], { unique: true })
@Index('connected_account_person', ['providerId', 'externalId'])
@Index('connected_account_page', ['userId', 'connectedAt', 'id'])
@Index('connected_account_due', ['nextRefreshAt', 'id'])
@Index('connected_account_ending', ['refreshTokenExpiresAt', 'id'])
export class ConnectedAccountRow {
  @PrimaryColumn({ name: 'id', type: 'varchar' })
  id!: string;

  @Column({ name: 'user_id', type: 'varchar' })
  userId!: string;

  @Column({ name: 'provider_id', type: 'varchar' })
  providerId!: string;

  @Column({ name: 'external_id', type: 'varchar', nullable: true })
  externalId!: string | null;

  @Column({ name: 'display_name', type: 'varchar', nullable: true })
  displayName!: string | null;

  @Column({ name: 'status', type: 'varchar' })
  status!: AccountStatus;

  @Column({ name: 'requested_scopes', type: 'text', transformer: textList })
  requestedScopes!: readonly string[];

  @Column({ name: 'granted_scopes', type: 'text', transformer: textList })
  grantedScopes!: readonly string[];

  @Column({ name: 'connected_at', type: 'bigint', transformer: epochMs })
  connectedAt!: number;

  @Column({ name: 'expires_at', type: 'bigint', nullable: true, transformer: epochMs })
  expiresAt!: number | null;

  @Column({ name: 'refresh_token_expires_at', type: 'bigint', nullable: true, transformer: epochMs })
  refreshTokenExpiresAt!: number | null;

  @Column({ name: 'next_refresh_at', type: 'bigint', nullable: true, transformer: epochMs })
  nextRefreshAt!: number | null;

  @Column({ name: 'last_refreshed_at', type: 'bigint', nullable: true, transformer: epochMs })
  lastRefreshedAt!: number | null;

  @Column({ name: 'last_used_at', type: 'bigint', nullable: true, transformer: epochMs })
  lastUsedAt!: number | null;

  @Column({ name: 'last_error_code', type: 'varchar', nullable: true })
  lastErrorCode!: RefreshErrorCode | null;

  @Column({ name: 'last_error_at', type: 'bigint', nullable: true, transformer: epochMs })
  lastErrorAt!: number | null;

  @Column({ name: 'consecutive_failures', type: 'integer', default: 0 })
  consecutiveFailures!: number;

  @Column({ name: 'tokens_issued_at', type: 'bigint', nullable: true, transformer: epochMs })
  tokensIssuedAt!: number | null;

  @Column({ name: 'learned_lifetime_ms', type: 'bigint', nullable: true, transformer: epochMs })
  learnedLifetimeMs!: number | null;

  @Column({ name: 'last_active_at', type: 'bigint', nullable: true, transformer: epochMs })
  lastActiveAt!: number | null;

  @Column({ name: 'retry_at', type: 'bigint', nullable: true, transformer: epochMs })
  retryAt!: number | null;

  @Column({ name: 'backoff_ms', type: 'bigint', nullable: true, transformer: epochMs })
  backoffMs!: number | null;

  @Column({ name: 'renewed_for_401_at', type: 'bigint', nullable: true, transformer: epochMs })
  renewedFor401At!: number | null;

  @Column({ name: 'policy_override', type: 'text', nullable: true, transformer: jsonObject })
  policyOverride!: PolicyOverride | null;

  /** What fills the placeholders of its provider's addresses. Names of places, which callers and providers said in the open:
   *  no secrets, so they are not sealed, and an account is found and read without opening anything. */
  @Column({ name: 'provider_values', type: 'text', default: '{}', transformer: jsonObject })
  providerValues!: ProviderValues;

  @Column({ name: 'job_id', type: 'varchar', nullable: true })
  jobId!: string | null;

  /** The end of the refresh token that the app was told of (ending-accounts.ts). */
  @Column({ name: 'expiry_told_for', type: 'bigint', nullable: true, transformer: epochMs })
  expiryToldFor!: number | null;
}
