/** Creates Agenda's table on PostgreSQL, where all instances share it. On SQLite its table stands in a disposable file of
 *  its own (src/jobs/open-jobs-file.ts), so this changes nothing there.
 *  The columns are those of @agendajs/postgres-backend 3.0.6; `ensureSchema` would make them at every start, and two
 *  instances that start together collide. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateTheTableOfJobs1764000002000 implements MigrationInterface {
  readonly name = 'CreateTheTableOfJobs1764000002000';

  async up(queryRunner: QueryRunner): Promise<void> {
    if (queryRunner.connection.options.type !== 'postgres') return;
    for (const statement of statements) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    if (queryRunner.connection.options.type === 'postgres') await queryRunner.query('DROP TABLE job');
  }
}

const statements = [
  `CREATE TABLE job (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(255) NOT NULL,
    priority integer NOT NULL DEFAULT 0,
    next_run_at timestamptz,
    type varchar(10) NOT NULL DEFAULT 'normal' CHECK (type IN ('normal', 'single')),
    locked_at timestamptz,
    last_finished_at timestamptz,
    failed_at timestamptz,
    fail_count integer,
    fail_reason text,
    repeat_timezone varchar(100),
    last_run_at timestamptz,
    repeat_interval varchar(255),
    data jsonb DEFAULT '{}',
    repeat_at varchar(255),
    disabled boolean DEFAULT false,
    progress real,
    fork boolean DEFAULT false,
    last_modified_by varchar(255),
    debounce_started_at timestamptz,
    start_date timestamptz,
    end_date timestamptz,
    skip_days jsonb,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
  )`,
  'CREATE INDEX job_due ON job (name, next_run_at, priority DESC) WHERE disabled = FALSE',
  'CREATE INDEX job_locked ON job (locked_at) WHERE locked_at IS NOT NULL',
  `CREATE UNIQUE INDEX job_single ON job (name) WHERE type = 'single'`,
];
