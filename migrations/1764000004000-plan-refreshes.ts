/** What the refresh engine plans by: when a pair was got, when the account was last active, until when it is left alone,
 *  which job wakes it, and what became of each refresh. Runs on SQLite and PostgreSQL alike. */
import { Table, TableColumn, TableIndex } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PlanRefreshes1764000004000 implements MigrationInterface {
  readonly name = 'PlanRefreshes1764000004000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumns('connected_account', planColumns);
    await queryRunner.createIndex('connected_account', dueIndex);
    await queryRunner.createTable(history);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable(history);
    await queryRunner.dropIndex('connected_account', dueIndex);
    await queryRunner.dropColumns('connected_account', planColumns);
  }
}

const planColumns = [
  new TableColumn({ name: 'tokens_issued_at', type: 'bigint', isNullable: true }),
  new TableColumn({ name: 'learned_lifetime_ms', type: 'bigint', isNullable: true }),
  new TableColumn({ name: 'last_active_at', type: 'bigint', isNullable: true }),
  new TableColumn({ name: 'retry_at', type: 'bigint', isNullable: true }),
  new TableColumn({ name: 'backoff_ms', type: 'bigint', isNullable: true }),
  new TableColumn({ name: 'policy_override', type: 'text', isNullable: true }),
  new TableColumn({ name: 'job_id', type: 'varchar', isNullable: true }),
];

const dueIndex = new TableIndex({ name: 'connected_account_due', columnNames: ['next_refresh_at', 'id'] });

const history = new Table({
  name: 'refresh_event',
  columns: [
    { name: 'id', type: 'varchar', isPrimary: true },
    { name: 'account_id', type: 'varchar' },
    { name: 'provider_id', type: 'varchar' },
    { name: 'at', type: 'bigint' },
    { name: 'reason', type: 'varchar' },
    { name: 'outcome', type: 'varchar' },
    { name: 'took_ms', type: 'integer', isNullable: true },
    { name: 'version', type: 'integer' },
  ],
  indices: [
    { name: 'refresh_event_page', columnNames: ['account_id', 'at', 'id'] },
    { name: 'refresh_event_age', columnNames: ['at'] },
  ],
});
