/** The row of one incident of a provider: failures over many accounts that have one cause. Written and read by
 *  incident-store. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/column-values.js';

export type IncidentCause =
  | 'CLIENT_REFUSED'
  | 'AUTHORIZE_URL_CALLED'
  | 'WRONG_ENDPOINT'
  | 'REQUESTS_REFUSED'
  | 'GRANTS_REFUSED'
  | 'RATE_LIMITED'
  | 'OUTAGE';

@Entity({ name: 'provider_incident' })
@Index('provider_incident_open', ['openKey'], { unique: true })
@Index('provider_incident_page', ['openedAt', 'id'])
export class ProviderIncidentRow {
  @PrimaryColumn({ name: 'id', type: 'varchar' })
  id!: string;

  @Column({ name: 'provider_id', type: 'varchar' })
  providerId!: string;

  @Column({ name: 'cause', type: 'varchar' })
  cause!: IncidentCause;

  /** Provider and cause while it is open, so that there is one; null once it is closed. */
  @Column({ name: 'open_key', type: 'varchar', nullable: true })
  openKey!: string | null;

  @Column({ name: 'opened_at', type: 'bigint', transformer: epochMs })
  openedAt!: number;

  /** The last failure that belongs to it. */
  @Column({ name: 'last_seen_at', type: 'bigint', transformer: epochMs })
  lastSeenAt!: number;

  @Column({ name: 'closed_at', type: 'bigint', nullable: true, transformer: epochMs })
  closedAt!: number | null;

  /** Accounts whose refresh failed for it; one that failed at several instances counts for each. */
  @Column({ name: 'accounts', type: 'integer' })
  accounts!: number;

  @Column({ name: 'failures', type: 'integer' })
  failures!: number;
}
