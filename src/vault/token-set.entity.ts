/** The row of one account's sealed tokens and of the version that guards them. Read and written by token-store, and its
 *  intent by refresh-intent-store.
 *  Version and pair stand in one row, so that compare-and-set and the new pair are one UPDATE
 *  (docs/decisions/0001-token-version-beside-the-pair.md). */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/column-values.js';

@Entity({ name: 'token_set' })
@Index('token_set_fingerprint', ['refreshTokenFingerprint'])
export class TokenSetRow {
  @PrimaryColumn({ name: 'account_id', type: 'varchar' })
  accountId!: string;

  /** Part of the place that each value is sealed for. */
  @Column({ name: 'user_id', type: 'varchar' })
  userId!: string;

  /** Grows by one with each stored answer. */
  @Column({ name: 'version', type: 'integer' })
  version!: number;

  @Column({ name: 'sealed_access_token', type: 'text' })
  sealedAccessToken!: string;

  @Column({ name: 'sealed_refresh_token', type: 'text', nullable: true })
  sealedRefreshToken!: string | null;

  /** The refresh token before the current one, kept until the current one has worked. */
  @Column({ name: 'sealed_previous_refresh_token', type: 'text', nullable: true })
  sealedPreviousRefreshToken!: string | null;

  /** Keyed, so that two accounts that share one refresh token can be found without opening any. */
  @Column({ name: 'refresh_token_fingerprint', type: 'varchar', nullable: true })
  refreshTokenFingerprint!: string | null;

  @Column({ name: 'updated_at', type: 'bigint', transformer: epochMs })
  updatedAt!: number;

  /** Who sends this version's refresh token now; null once that ended. After a refresh: who wrote the version that stands. */
  @Column({ name: 'intent_attempt', type: 'varchar', nullable: true })
  intentAttempt!: string | null;

  /** The version whose refresh token was sent. While it is the row's own, nobody knows what became of that. */
  @Column({ name: 'intent_version', type: 'integer', nullable: true })
  intentVersion!: number | null;

  /** When this version's refresh token was first sent without a known end, by the sender's clock. */
  @Column({ name: 'intent_since', type: 'bigint', nullable: true, transformer: epochMs })
  intentSince!: number | null;

  /** When it was last sent, by the database's clock. */
  @Column({ name: 'intent_at', type: 'bigint', nullable: true, transformer: epochMs })
  intentAt!: number | null;
}
