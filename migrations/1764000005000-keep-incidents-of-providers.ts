/** Makes failures over many accounts with one cause one incident of their provider, and remembers on an account that its
 *  token was renewed for a 401. Runs on SQLite and PostgreSQL alike. */
import { Table, TableColumn } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeepIncidentsOfProviders1764000005000 implements MigrationInterface {
  readonly name = 'KeepIncidentsOfProviders1764000005000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumn('connected_account', renewedFor401At);
    await queryRunner.createTable(incidents);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable(incidents);
    await queryRunner.dropColumn('connected_account', renewedFor401At);
  }
}

const renewedFor401At = new TableColumn({ name: 'renewed_for_401_at', type: 'bigint', isNullable: true });

const incidents = new Table({
  name: 'provider_incident',
  columns: [
    { name: 'id', type: 'varchar', isPrimary: true },
    { name: 'provider_id', type: 'varchar' },
    { name: 'cause', type: 'varchar' },
    { name: 'open_key', type: 'varchar', isNullable: true },
    { name: 'opened_at', type: 'bigint' },
    { name: 'last_seen_at', type: 'bigint' },
    { name: 'closed_at', type: 'bigint', isNullable: true },
    { name: 'accounts', type: 'integer' },
    { name: 'failures', type: 'integer' },
  ],
  indices: [
    { name: 'provider_incident_open', columnNames: ['open_key'], isUnique: true },
    { name: 'provider_incident_page', columnNames: ['opened_at', 'id'] },
  ],
});
