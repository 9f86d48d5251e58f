/** Lets an account be found by the person at the provider, whoever connected it: what is asked before a grant is revoked.
 *  Runs on SQLite and PostgreSQL alike. */
import { TableIndex } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class FindPersonsOfAllUsers1764000008000 implements MigrationInterface {
  readonly name = 'FindPersonsOfAllUsers1764000008000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createIndex('connected_account', personIndex);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex('connected_account', personIndex);
  }
}

const personIndex = new TableIndex({
  name: 'connected_account_person',
  columnNames: ['provider_id', 'external_id'],
});
