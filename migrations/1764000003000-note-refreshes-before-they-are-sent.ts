/** Lets a refresh be noted before its refresh token is sent, so that one that never ended is known for what it is.
 *  Runs on SQLite and PostgreSQL alike. */
import { TableColumn } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class NoteRefreshesBeforeTheyAreSent1764000003000 implements MigrationInterface {
  readonly name = 'NoteRefreshesBeforeTheyAreSent1764000003000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumns('token_set', intentColumns);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumns('token_set', intentColumns);
  }
}

const intentColumns = [
  new TableColumn({ name: 'intent_attempt', type: 'varchar', isNullable: true }),
  new TableColumn({ name: 'intent_version', type: 'integer', isNullable: true }),
  new TableColumn({ name: 'intent_at', type: 'bigint', isNullable: true }),
];
