/** A row of completed_authorization: an attempt whose state is consumed, kept for a few minutes so that the same answer
 *  from the same user gets the same outcome. Read and written by completion-store.ts alone. It holds digests and words
 *  of ours, no secret. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/column-values.js';

/** EXCHANGING past its deadline means that a process died between sending the code and storing the outcome. */
export type CompletionStatus = 'EXCHANGING' | 'CONNECTED' | 'FAILED';

@Entity({ name: 'completed_authorization' })
@Index('completed_authorization_handle', ['handleHash'], { unique: true })
@Index('completed_authorization_expiry', ['expiresAt'])
export class CompletedAuthorizationRow {
  @PrimaryColumn({ name: 'state_hash', type: 'varchar' })
  stateHash!: string;

  /** Digest of the whole answer: another answer to a consumed state is refused. */
  @Column({ name: 'answer_hash', type: 'varchar' })
  answerHash!: string;

  @Column({ name: 'handle_hash', type: 'varchar', nullable: true })
  handleHash!: string | null;

  /** As on the attempt: a repeated POST proves its browser with the same cookie. */
  @Column({ name: 'browser_hash', type: 'varchar', nullable: true })
  browserHash!: string | null;

  @Column({ name: 'actor_id', type: 'varchar' })
  actorId!: string;

  @Column({ name: 'subject_id', type: 'varchar' })
  subjectId!: string;

  @Column({ name: 'provider_id', type: 'varchar' })
  providerId!: string;

  @Column({ name: 'return_to', type: 'text', nullable: true })
  returnTo!: string | null;

  @Column({ name: 'status', type: 'varchar' })
  status!: CompletionStatus;

  @Column({ name: 'account_id', type: 'varchar', nullable: true })
  accountId!: string | null;

  @Column({ name: 'problem_code', type: 'varchar', nullable: true })
  problemCode!: string | null;

  /** A clause of ours, never the provider's text. */
  @Column({ name: 'problem_why', type: 'text', nullable: true })
  problemWhy!: string | null;

  /** Null once the outcome is known. */
  @Column({ name: 'deadline_at', type: 'bigint', nullable: true, transformer: epochMs })
  deadlineAt!: number | null;

  @Column({ name: 'expires_at', type: 'bigint', transformer: epochMs })
  expiresAt!: number;
}
