/** The row of one attempt whose answer was consumed: who may hear the outcome again, and what it was. Read and written
 *  by completion-store alone; expires a few minutes after the attempt has ended. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/column-values.js';

@Entity({ name: 'completed_authorization' })
@Index('completed_authorization_handle', ['handleHash'], { unique: true })
@Index('completed_authorization_expiry', ['expiresAt'])
export class CompletedAuthorizationRow {
  @PrimaryColumn({ name: 'state_hash', type: 'varchar' })
  stateHash!: string;

  /** Digest of the whole answer: only the same answer gets the same outcome. */
  @Column({ name: 'answer_hash', type: 'varchar' })
  answerHash!: string;

  @Column({ name: 'handle_hash', type: 'varchar', nullable: true })
  handleHash!: string | null;

  @Column({ name: 'actor_id', type: 'varchar' })
  actorId!: string;

  @Column({ name: 'subject_id', type: 'varchar' })
  subjectId!: string;

  @Column({ name: 'provider_id', type: 'varchar' })
  providerId!: string;

  @Column({ name: 'status', type: 'varchar' })
  status!: 'EXCHANGING' | 'CONNECTED' | 'FAILED';

  @Column({ name: 'account_id', type: 'varchar', nullable: true })
  accountId!: string | null;

  @Column({ name: 'problem_code', type: 'varchar', nullable: true })
  problemCode!: string | null;

  @Column({ name: 'problem_why', type: 'text', nullable: true })
  problemWhy!: string | null;

  /** When an exchange that has not ended is given up; null once it has ended. */
  @Column({ name: 'deadline_at', type: 'bigint', nullable: true, transformer: epochMs })
  deadlineAt!: number | null;

  @Column({ name: 'expires_at', type: 'bigint', transformer: epochMs })
  expiresAt!: number;
}
