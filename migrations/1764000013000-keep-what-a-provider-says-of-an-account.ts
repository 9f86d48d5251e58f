/** Keeps with an account, with an attempt to connect one and with one that is still to be revoked, the values by which its
 *  provider is found: a subdomain that its user gave, or what callback and answers said. Runs on SQLite and PostgreSQL
 *  alike. */
import { TableColumn } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeepWhatAProviderSaysOfAnAccount1764000013000 implements MigrationInterface {
  readonly name = 'KeepWhatAProviderSaysOfAnAccount1764000013000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of tables) await queryRunner.addColumn(table, providerValues);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of tables.toReversed()) await queryRunner.dropColumn(table, providerValues);
  }
}

const tables = ['pending_authorization', 'connected_account', 'disconnection'];

const providerValues = new TableColumn({ name: 'provider_values', type: 'text', default: "'{}'" });
