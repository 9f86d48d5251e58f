/** The row of one audit event. Written once by audit.ts; chain-store.ts then gives it its place in the chain, erase-store.ts takes the
 *  personal values out of it and purge-store.ts deletes it when its time is over. Nothing else changes or deletes one. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs, textListOrNull, wholeNumber } from '../database/column-values.js';
import type { AuditAction, AuditOutcome } from './audit-event.js';

@Entity({ name: 'audit_event' })
@Index('audit_event_page', ['subjectId', 'at', 'id'])
@Index('audit_event_sequence', ['sequence'], { unique: true })
@Index('audit_event_unchained', ['at', 'id'], { where: 'sequence IS NULL' })
@Index('audit_event_time', ['at', 'id'])
@Index('audit_event_actor', ['actorId', 'at', 'id'])
@Index('audit_event_account', ['accountId', 'at', 'id'])
@Index('audit_event_action', ['action', 'at', 'id'])
@Index('audit_event_failed', ['at', 'id'], { where: "outcome = 'FAILED'" })
export class AuditEventRow {
  @PrimaryColumn({ name: 'id', type: 'varchar' })
  id!: string;

  @Column({ name: 'at', type: 'bigint', transformer: epochMs })
  at!: number;

  @Column({ name: 'action', type: 'varchar' })
  action!: AuditAction;

  @Column({ name: 'actor_id', type: 'varchar' })
  actorId!: string;

  @Column({ name: 'subject_id', type: 'varchar' })
  subjectId!: string;

  @Column({ name: 'account_id', type: 'varchar', nullable: true })
  accountId!: string | null;

  @Column({ name: 'reason', type: 'varchar', nullable: true })
  reason!: string | null;

  @Column({ name: 'outcome', type: 'varchar' })
  outcome!: AuditOutcome;

  @Column({ name: 'request_id', type: 'varchar' })
  requestId!: string;

  /** Its place in the chain, from 1; null until it has one. */
  @Column({ name: 'sequence', type: 'bigint', nullable: true, transformer: wholeNumber })
  sequence!: number | null;

  // The salts that the personal values were committed with; null until then, and again once the value is erased.
  @Column({ name: 'actor_salt', type: 'varchar', nullable: true })
  actorSalt!: string | null;

  @Column({ name: 'subject_salt', type: 'varchar', nullable: true })
  subjectSalt!: string | null;

  @Column({ name: 'account_salt', type: 'varchar', nullable: true })
  accountSalt!: string | null;

  @Column({ name: 'reason_salt', type: 'varchar', nullable: true })
  reasonSalt!: string | null;

  @Column({ name: 'request_salt', type: 'varchar', nullable: true })
  requestSalt!: string | null;

  /** One for each personal value, in the order of `personalFields`. */
  @Column({ name: 'commitments', type: 'text', nullable: true, transformer: textListOrNull })
  commitments!: readonly string[] | null;

  /** Of this row and of all before it. */
  @Column({ name: 'hash', type: 'varchar', nullable: true })
  hash!: string | null;
}
