/** One known value sealed under each key of the keyring, so that a wrong or missing key shows at start and not at the
 *  first token. Read and written by keyring-check alone. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/column-values.js';

@Entity({ name: 'keyring_check' })
export class KeyringCheckRow {
  @PrimaryColumn({ name: 'kid', type: 'varchar' })
  kid!: string;

  @Column({ name: 'sealed', type: 'text' })
  sealed!: string;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;
}
