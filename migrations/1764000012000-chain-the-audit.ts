/** Lets the audit be chained: a place in the chain for each row, the salts of its personal values, their commitments; the
 *  chain's head; and the indexes that admins search by. Runs on SQLite and PostgreSQL alike.
 *  The columns are added by hand: on SQLite typeorm would copy the whole audit for each of them. */
import { Table, TableIndex } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ChainTheAudit1764000012000 implements MigrationInterface {
  readonly name = 'ChainTheAudit1764000012000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [column, type] of columns) await queryRunner.query(`ALTER TABLE "audit_event" ADD "${column}" ${type}`);
    await queryRunner.createTable(chain);
    for (const index of indexes) await queryRunner.createIndex('audit_event', index);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const index of indexes.toReversed()) await queryRunner.dropIndex('audit_event', index);
    await queryRunner.dropTable(chain);
    await queryRunner.dropColumns(
      'audit_event',
      columns.map(([column]) => column),
    );
  }
}

const columns = [
  ['sequence', 'bigint'],
  ['actor_salt', 'varchar'],
  ['subject_salt', 'varchar'],
  ['account_salt', 'varchar'],
  ['reason_salt', 'varchar'],
  ['request_salt', 'varchar'],
  ['commitments', 'text'],
  ['hash', 'varchar'],
] as const;

const chain = new Table({
  name: 'audit_chain',
  columns: [
    { name: 'id', type: 'varchar', isPrimary: true },
    { name: 'chain', type: 'varchar' },
    { name: 'sequence', type: 'bigint' },
    { name: 'hash', type: 'varchar' },
    { name: 'cut_sequence', type: 'bigint' },
    { name: 'cut_hash', type: 'varchar' },
    { name: 'signed_sequence', type: 'bigint' },
    { name: 'signed_at', type: 'bigint' },
    { name: 'lease_holder', type: 'varchar', isNullable: true },
    { name: 'lease_until', type: 'bigint', isNullable: true },
  ],
});

const indexes = [
  new TableIndex({ name: 'audit_event_sequence', columnNames: ['sequence'], isUnique: true }),
  new TableIndex({ name: 'audit_event_unchained', columnNames: ['at', 'id'], where: 'sequence IS NULL' }),
  new TableIndex({ name: 'audit_event_time', columnNames: ['at', 'id'] }),
  new TableIndex({ name: 'audit_event_actor', columnNames: ['actor_id', 'at', 'id'] }),
  new TableIndex({ name: 'audit_event_account', columnNames: ['account_id', 'at', 'id'] }),
  new TableIndex({ name: 'audit_event_action', columnNames: ['action', 'at', 'id'] }),
  new TableIndex({ name: 'audit_event_failed', columnNames: ['at', 'id'], where: "outcome = 'FAILED'" }),
];
