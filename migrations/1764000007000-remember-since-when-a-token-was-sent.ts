/** Lets a refresh token that may have been spent be known by the time when it was first sent: some providers take it
 *  again for a while from then on. Runs on SQLite and PostgreSQL alike. */
import { TableColumn } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RememberSinceWhenATokenWasSent1764000007000 implements MigrationInterface {
  readonly name = 'RememberSinceWhenATokenWasSent1764000007000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumn('token_set', intentSince);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn('token_set', intentSince);
  }
}

const intentSince = new TableColumn({ name: 'intent_since', type: 'bigint', isNullable: true });
