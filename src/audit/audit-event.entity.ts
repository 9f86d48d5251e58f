/** The row of one audit event. Written once by audit.ts and never changed or deleted here. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/column-values.js';
import type { AuditAction, AuditOutcome } from './audit-event.js';

@Entity({ name: 'audit_event' })
@Index('audit_event_page', ['subjectId', 'at', 'id'])
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
}
