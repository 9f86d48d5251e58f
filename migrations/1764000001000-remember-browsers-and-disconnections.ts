/** Lets a repeated callback prove its browser, finds a user's attempts, and remembers disconnections until their tokens
 *  are revoked at the provider. Runs on SQLite and PostgreSQL alike. */
import { Table, TableColumn, TableIndex } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RememberBrowsersAndDisconnections1764000001000 implements MigrationInterface {
  readonly name = 'RememberBrowsersAndDisconnections1764000001000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumns('completed_authorization', completedColumns);
    await queryRunner.createIndex('pending_authorization', subjectIndex);
    await queryRunner.createTable(disconnection);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable(disconnection);
    await queryRunner.dropIndex('pending_authorization', subjectIndex);
    await queryRunner.dropColumns('completed_authorization', completedColumns);
  }
}

const completedColumns = [
  new TableColumn({ name: 'browser_hash', type: 'varchar', isNullable: true }),
  new TableColumn({ name: 'return_to', type: 'text', isNullable: true }),
];

const subjectIndex = new TableIndex({
  name: 'pending_authorization_subject',
  columnNames: ['subject_id', 'created_at'],
});

const disconnection = new Table({
  name: 'disconnection',
  columns: [
    { name: 'account_id', type: 'varchar', isPrimary: true },
    { name: 'user_id', type: 'varchar' },
    { name: 'provider_id', type: 'varchar' },
    { name: 'external_id', type: 'varchar', isNullable: true },
    { name: 'revocation', type: 'varchar' },
    { name: 'refresh_token_fingerprint', type: 'varchar', isNullable: true },
    { name: 'sealed_access_token', type: 'text', isNullable: true },
    { name: 'sealed_refresh_token', type: 'text', isNullable: true },
    { name: 'attempts', type: 'integer', default: 0 },
    { name: 'next_attempt_at', type: 'bigint', isNullable: true },
    { name: 'expires_at', type: 'bigint' },
  ],
  indices: [
    { name: 'disconnection_next_attempt', columnNames: ['next_attempt_at'] },
    { name: 'disconnection_expiry', columnNames: ['expires_at'] },
  ],
});
