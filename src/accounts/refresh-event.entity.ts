/** The row of one refresh in an account's history. Written in the transaction that writes its outcome; never changed. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/column-values.js';
import type { RefreshErrorCode } from './connected-account.js';

/** Why a refresh was sent. */
export type RefreshEventReason =
  'SCHEDULED' | 'KEEP_ALIVE' | 'BEHIND' | 'EXPIRED' | 'REFUSED' | 'ASKED' | 'RESUMED' | 'RECOVERED';

/** LET_GO: granted, and somebody else had changed the account's tokens meanwhile. TOO_EARLY: the tokens that stand came
 *  back. */
export type RefreshEventOutcome = 'GRANTED' | 'LET_GO' | 'TOO_EARLY' | RefreshErrorCode;

@Entity({ name: 'refresh_event' })
@Index('refresh_event_page', ['accountId', 'at', 'id'])
@Index('refresh_event_age', ['at'])
export class RefreshEventRow {
  @PrimaryColumn({ name: 'id', type: 'varchar' })
  id!: string;

  @Column({ name: 'account_id', type: 'varchar' })
  accountId!: string;

  @Column({ name: 'provider_id', type: 'varchar' })
  providerId!: string;

  @Column({ name: 'at', type: 'bigint', transformer: epochMs })
  at!: number;

  @Column({ name: 'reason', type: 'varchar' })
  reason!: RefreshEventReason;

  @Column({ name: 'outcome', type: 'varchar' })
  outcome!: RefreshEventOutcome;

  @Column({ name: 'took_ms', type: 'integer', nullable: true })
  tookMs!: number | null;

  /** The version whose refresh token was sent. */
  @Column({ name: 'version', type: 'integer' })
  version!: number;
}
