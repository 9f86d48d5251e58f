/** Keeps service tokens, each with its secrets, for back ends that act for users; and whose JWTs are refused before they end.
 *  Runs on SQLite and PostgreSQL alike. */
import { Table } from 'typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeepServiceTokensAndDenials1764000011000 implements MigrationInterface {
  readonly name = 'KeepServiceTokensAndDenials1764000011000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of [tokens, secrets, denials, denyList]) await queryRunner.createTable(table);
    await queryRunner.query("INSERT INTO deny_list (id, revision) VALUES ('all', 0)");
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [denyList, denials, secrets, tokens]) await queryRunner.dropTable(table);
  }
}

const tokens = new Table({
  name: 'service_token',
  columns: [
    { name: 'id', type: 'varchar', isPrimary: true },
    { name: 'name', type: 'varchar' },
    { name: 'scope', type: 'text' },
    { name: 'created_at', type: 'bigint' },
    { name: 'created_by', type: 'varchar' },
    { name: 'expires_at', type: 'bigint' },
    { name: 'revoked_at', type: 'bigint', isNullable: true },
  ],
  indices: [{ name: 'service_token_page', columnNames: ['created_at', 'id'] }],
});

const secrets = new Table({
  name: 'service_token_secret',
  columns: [
    { name: 'digest', type: 'varchar', isPrimary: true },
    { name: 'token_id', type: 'varchar' },
    { name: 'created_at', type: 'bigint' },
    { name: 'ends_at', type: 'bigint', isNullable: true },
    { name: 'last_used_at', type: 'bigint', isNullable: true },
  ],
  indices: [{ name: 'service_token_secret_token', columnNames: ['token_id', 'created_at'] }],
});

const denials = new Table({
  name: 'denial',
  columns: [
    { name: 'id', type: 'varchar', isPrimary: true },
    { name: 'kind', type: 'varchar' },
    { name: 'value', type: 'varchar' },
    { name: 'issued_before', type: 'bigint', isNullable: true },
    { name: 'created_at', type: 'bigint' },
    { name: 'created_by', type: 'varchar' },
    { name: 'reason', type: 'varchar' },
    { name: 'ends_at', type: 'bigint', isNullable: true },
  ],
  indices: [
    { name: 'denial_of', columnNames: ['kind', 'value'], isUnique: true },
    { name: 'denial_page', columnNames: ['created_at', 'id'] },
  ],
});

const denyList = new Table({
  name: 'deny_list',
  columns: [
    { name: 'id', type: 'varchar', isPrimary: true },
    { name: 'revision', type: 'bigint' },
  ],
});
