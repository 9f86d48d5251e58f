/** Creates the first tables: accounts, sealed tokens, attempts to connect, the audit.
 *  Written with typeorm's Table API and plain types, so that it runs on SQLite and PostgreSQL alike. */
import { Table } from 'typeorm';
import type { MigrationInterface, QueryRunner, TableColumnOptions, TableIndexOptions } from 'typeorm';

export class CreateTheFirstTables1764000000000 implements MigrationInterface {
  readonly name = 'CreateTheFirstTables1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of tables) await queryRunner.createTable(table);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of tables.toReversed()) await queryRunner.dropTable(table);
  }
}

const tables = [
  new Table({
    name: 'connected_account',
    columns: [
      key('id'),
      varchar('user_id'),
      varchar('provider_id'),
      orNull(varchar('external_id')),
      orNull(varchar('display_name')),
      varchar('status'),
      text('requested_scopes'),
      text('granted_scopes'),
      time('connected_at'),
      orNull(time('expires_at')),
      orNull(time('refresh_token_expires_at')),
      orNull(time('next_refresh_at')),
      orNull(time('last_refreshed_at')),
      orNull(time('last_used_at')),
      orNull(varchar('last_error_code')),
      orNull(time('last_error_at')),
      { name: 'consecutive_failures', type: 'integer', default: 0 },
    ],
    indices: [
      unique('connected_account_external', ['user_id', 'provider_id', 'external_id']),
      index('connected_account_page', ['user_id', 'connected_at', 'id']),
    ],
  }),
  new Table({
    name: 'token_set',
    columns: [
      key('account_id'),
      varchar('user_id'),
      { name: 'version', type: 'integer' },
      text('sealed_access_token'),
      orNull(text('sealed_refresh_token')),
      orNull(text('sealed_previous_refresh_token')),
      orNull(varchar('refresh_token_fingerprint')),
      time('updated_at'),
    ],
    indices: [index('token_set_fingerprint', ['refresh_token_fingerprint'])],
  }),
  new Table({
    name: 'keyring_check',
    columns: [key('kid'), text('sealed'), time('created_at')],
  }),
  new Table({
    name: 'pending_authorization',
    columns: [
      key('id'),
      varchar('state_hash'),
      varchar('provider_id'),
      varchar('actor_id'),
      varchar('subject_id'),
      orNull(varchar('account_id')),
      orNull(varchar('reason')),
      text('redirect_uri'),
      orNull(text('return_to')),
      text('requested_scopes'),
      text('sealed_code_verifier'),
      orNull(text('sealed_nonce')),
      text('sealed_authorization_url'),
      orNull(varchar('link_hash')),
      orNull(varchar('browser_hash')),
      orNull(varchar('handle_hash')),
      orNull(text('sealed_answer')),
      orNull(time('answer_expires_at')),
      time('created_at'),
      time('expires_at'),
    ],
    indices: [
      unique('pending_authorization_state', ['state_hash']),
      unique('pending_authorization_link', ['link_hash']),
      unique('pending_authorization_handle', ['handle_hash']),
      index('pending_authorization_expiry', ['expires_at']),
    ],
  }),
  new Table({
    name: 'completed_authorization',
    columns: [
      key('state_hash'),
      varchar('answer_hash'),
      orNull(varchar('handle_hash')),
      varchar('actor_id'),
      varchar('subject_id'),
      varchar('provider_id'),
      varchar('status'),
      orNull(varchar('account_id')),
      orNull(varchar('problem_code')),
      orNull(text('problem_why')),
      orNull(time('deadline_at')),
      time('expires_at'),
    ],
    indices: [
      unique('completed_authorization_handle', ['handle_hash']),
      index('completed_authorization_expiry', ['expires_at']),
    ],
  }),
  new Table({
    name: 'audit_event',
    columns: [
      key('id'),
      time('at'),
      varchar('action'),
      varchar('actor_id'),
      varchar('subject_id'),
      orNull(varchar('account_id')),
      orNull(varchar('reason')),
      varchar('outcome'),
      varchar('request_id'),
    ],
    indices: [index('audit_event_page', ['subject_id', 'at', 'id'])],
  }),
];

function key(name: string): TableColumnOptions {
  return { name, type: 'varchar', isPrimary: true };
}

function varchar(name: string): TableColumnOptions {
  return { name, type: 'varchar' };
}

function text(name: string): TableColumnOptions {
  return { name, type: 'text' };
}

/** Epoch milliseconds. */
function time(name: string): TableColumnOptions {
  return { name, type: 'bigint' };
}

function orNull(column: TableColumnOptions): TableColumnOptions {
  return { ...column, isNullable: true };
}

function index(name: string, columnNames: string[]): TableIndexOptions {
  return { name, columnNames };
}

function unique(name: string, columnNames: string[]): TableIndexOptions {
  return { name, columnNames, isUnique: true };
}
