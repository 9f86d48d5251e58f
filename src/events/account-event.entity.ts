/** The row of an event: the outbox of the webhook. Written by account-event-store in the transaction that makes the change
 *  that it tells of, so that there is neither one without the other. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs, jsonObject } from '../database/column-values.js';
import type { AccountEventType, EventFacts } from './account-event.js';

/** NONE: the webhook is not told of it. PENDING: it is to be. DEAD: it could not be, for longer than is tried. */
export type Delivery = 'NONE' | 'PENDING' | 'DELIVERED' | 'DEAD';

@Entity({ name: 'account_event' })
@Index('account_event_due', ['nextTryAt', 'id'])
@Index('account_event_account', ['accountId', 'at', 'id'])
@Index('account_event_age', ['at', 'id'])
@Index('account_event_pending', ['accountId', 'at', 'id'], { where: "delivery = 'PENDING'" })
@Index('account_event_dead', ['at', 'id'], { where: "delivery = 'DEAD'" })
export class AccountEventRow {
  @PrimaryColumn({ name: 'id', type: 'varchar' })
  id!: string;

  @Column({ name: 'at', type: 'bigint', transformer: epochMs })
  at!: number;

  @Column({ name: 'type', type: 'varchar' })
  type!: AccountEventType;

  @Column({ name: 'account_id', type: 'varchar' })
  accountId!: string;

  @Column({ name: 'user_id', type: 'varchar' })
  userId!: string;

  @Column({ name: 'provider_id', type: 'varchar' })
  providerId!: string;

  @Column({ name: 'facts', type: 'text', transformer: jsonObject })
  facts!: EventFacts;

  @Column({ name: 'delivery', type: 'varchar' })
  delivery!: Delivery;

  @Column({ name: 'tries', type: 'integer', default: 0 })
  tries!: number;

  /** While PENDING: when it is sent (again). A sender that takes the row moves this past its own end. Null otherwise. */
  @Column({ name: 'next_try_at', type: 'bigint', nullable: true, transformer: epochMs })
  nextTryAt!: number | null;

  @Column({ name: 'delivered_at', type: 'bigint', nullable: true, transformer: epochMs })
  deliveredAt!: number | null;

  /** Why the last try failed: `HTTP 503`, or a code of ours. */
  @Column({ name: 'last_failure', type: 'varchar', nullable: true })
  lastFailure!: string | null;
}
