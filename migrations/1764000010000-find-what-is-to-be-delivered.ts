/** Indexes of the few events that wait for the webhook, and of those that could not be delivered, among the many that were.
 *  Runs on SQLite and PostgreSQL alike. */
import { TableIndex } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class FindWhatIsToBeDelivered1764000010000 implements MigrationInterface {
  readonly name = 'FindWhatIsToBeDelivered1764000010000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createIndices('account_event', [pending, dead]);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndices('account_event', [pending, dead]);
  }
}

const pending = new TableIndex({
  name: 'account_event_pending',
  columnNames: ['account_id', 'at', 'id'],
  where: "delivery = 'PENDING'",
});

const dead = new TableIndex({ name: 'account_event_dead', columnNames: ['at', 'id'], where: "delivery = 'DEAD'" });
