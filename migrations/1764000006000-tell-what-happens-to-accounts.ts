/** Keeps what the app is to be told of its accounts until it was told, and which end of a refresh token it has heard of.
 *  Runs on SQLite and PostgreSQL alike. */
import { Table, TableColumn, TableIndex } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TellWhatHappensToAccounts1764000006000 implements MigrationInterface {
  readonly name = 'TellWhatHappensToAccounts1764000006000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(accountEvent);
    await queryRunner.addColumn('connected_account', toldOf);
    await queryRunner.createIndex('connected_account', endingIndex);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex('connected_account', endingIndex);
    await queryRunner.dropColumn('connected_account', toldOf);
    await queryRunner.dropTable(accountEvent);
  }
}

const accountEvent = new Table({
  name: 'account_event',
  columns: [
    { name: 'id', type: 'varchar', isPrimary: true },
    { name: 'at', type: 'bigint' },
    { name: 'type', type: 'varchar' },
    { name: 'account_id', type: 'varchar' },
    { name: 'user_id', type: 'varchar' },
    { name: 'provider_id', type: 'varchar' },
    { name: 'facts', type: 'text' },
    { name: 'delivery', type: 'varchar' },
    { name: 'tries', type: 'integer', default: 0 },
    { name: 'next_try_at', type: 'bigint', isNullable: true },
    { name: 'delivered_at', type: 'bigint', isNullable: true },
    { name: 'last_failure', type: 'varchar', isNullable: true },
  ],
  indices: [
    { name: 'account_event_due', columnNames: ['next_try_at', 'id'] },
    { name: 'account_event_account', columnNames: ['account_id', 'at', 'id'] },
    { name: 'account_event_age', columnNames: ['at', 'id'] },
  ],
});

const toldOf = new TableColumn({ name: 'expiry_told_for', type: 'bigint', isNullable: true });

const endingIndex = new TableIndex({
  name: 'connected_account_ending',
  columnNames: ['refresh_token_expires_at', 'id'],
});
