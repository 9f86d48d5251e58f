/** A row of pending_authorization: one attempt to connect, from its start until it is consumed, parked out or purged.
 *  Read and written by pending-store.ts alone. The random values that travel through a browser (state, link, cookie,
 *  handle) stand here as digests; what must be sent on (verifier, nonce, URL, code) is sealed. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs, jsonObject, textList } from '../database/column-values.js';
import type { ProviderValues } from '../providers/provider.js';

@Entity({ name: 'pending_authorization' })
@Index('pending_authorization_state', ['stateHash'], { unique: true })
@Index('pending_authorization_link', ['linkHash'], { unique: true })
@Index('pending_authorization_handle', ['handleHash'], { unique: true })
@Index('pending_authorization_subject', ['subjectId', 'createdAt'])
@Index('pending_authorization_expiry', ['expiresAt'])
export class PendingAuthorizationRow {
  @PrimaryColumn({ name: 'id', type: 'varchar' })
  id!: string;

  @Column({ name: 'state_hash', type: 'varchar' })
  stateHash!: string;

  @Column({ name: 'provider_id', type: 'varchar' })
  providerId!: string;

  @Column({ name: 'actor_id', type: 'varchar' })
  actorId!: string;

  @Column({ name: 'subject_id', type: 'varchar' })
  subjectId!: string;

  /** The account to connect again; null for a new one. */
  @Column({ name: 'account_id', type: 'varchar', nullable: true })
  accountId!: string | null;

  /** Why an admin acts for the subject; null when the subject acts. */
  @Column({ name: 'reason', type: 'varchar', nullable: true })
  reason!: string | null;

  /** Those that the user gave. */
  @Column({ name: 'provider_values', type: 'text', default: '{}', transformer: jsonObject })
  providerValues!: ProviderValues;

  @Column({ name: 'redirect_uri', type: 'text' })
  redirectUri!: string;

  @Column({ name: 'return_to', type: 'text', nullable: true })
  returnTo!: string | null;

  @Column({ name: 'requested_scopes', type: 'text', transformer: textList })
  requestedScopes!: readonly string[];

  @Column({ name: 'sealed_code_verifier', type: 'text' })
  sealedCodeVerifier!: string;

  @Column({ name: 'sealed_nonce', type: 'text', nullable: true })
  sealedNonce!: string | null;

  @Column({ name: 'sealed_authorization_url', type: 'text' })
  sealedAuthorizationUrl!: string;

  /** Null once the one-time link was opened. */
  @Column({ name: 'link_hash', type: 'varchar', nullable: true })
  linkHash!: string | null;

  /** Null where no browser may finish by cookie: attempts on behalf, and those that return to the app's own page. */
  @Column({ name: 'browser_hash', type: 'varchar', nullable: true })
  browserHash!: string | null;

  /** Set while an answer is parked for its user. */
  @Column({ name: 'handle_hash', type: 'varchar', nullable: true })
  handleHash!: string | null;

  @Column({ name: 'sealed_answer', type: 'text', nullable: true })
  sealedAnswer!: string | null;

  @Column({ name: 'answer_expires_at', type: 'bigint', nullable: true, transformer: epochMs })
  answerExpiresAt!: number | null;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;

  @Column({ name: 'expires_at', type: 'bigint', transformer: epochMs })
  expiresAt!: number;
}
