/** Indexes of the few events that wait for the webhook, and of those that could not be delivered, among the many that were.
 *  Runs on SQLite and PostgreSQL alike. */
import { TableIndex } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class FindWhatIsToBeDelivered1764000010000 implements MigrationInterface {
  readonly name = 'FindWhatIsToBeDelivered1764000010000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // One after another: createIndices makes them at once, and each reads the table while the other changes it.
    await queryRunner.createIndex('account_event', pending);
    await queryRunner.createIndex('account_event', dead);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex('account_event', dead);
    await queryRunner.dropIndex('account_event', pending);
  }
}

const pending = new TableIndex({
  name: 'account_event_pending',
  columnNames: ['account_id', 'at', 'id'],
  where: "delivery = 'PENDING'",
});

const dead = new TableIndex({ name: 'account_event_dead', columnNames: ['at', 'id'], where: "delivery = 'DEAD'" });
