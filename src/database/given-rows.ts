/** Many rows in one statement. They travel as one parameter of JSON, so that the statement has one text, and stays prepared,
 *  however many there are. Called by the stores whose rows are written or read together (together.ts).
 *  A statement that returns rows begins with WITH: of one that begins with UPDATE typeorm asks SQLite for none. */
import type { EntityManager } from 'typeorm';

type GivenRow = Readonly<Record<string, string | number | null>>;
type GivenColumns = Readonly<Record<string, 'text' | 'bigint'>>;

/** The parameter. */
export class GivenRows {
  readonly #rows: readonly GivenRow[];

  constructor(rows: readonly GivenRow[]) {
    this.#rows = rows;
  }

  /** What stands in the rows, for those who look for an id among the values of a statement. */
  values(): unknown[] {
    return this.#rows.flatMap((row) => Object.values(row));
  }

  toJson(): string {
    return JSON.stringify(this.#rows);
  }
}

/** As the drivers take them. Called where statements are handed to a driver. */
export function toParameters(values: readonly unknown[]): unknown[] {
  return values.map((value) => (value instanceof GivenRows ? value.toJson() : value));
}

/** The rows in $1 as a table, in parentheses: for a FROM, or a WITH. */
export function givenTable(manager: EntityManager, columns: GivenColumns): string {
  const names = Object.keys(columns);
  if (isPostgres(manager)) {
    const typed = names.map((name) => `${name} ${columns[name]}`).join(', ');
    return `(SELECT * FROM json_to_recordset($1::json) AS one(${typed}))`;
  }
  const read = names.map((name) => `value ->> '${name}' AS ${name}`).join(', ');
  return `(SELECT ${read} FROM json_each($1))`;
}

/** Behind a SELECT: locks what it finds of the table, and leaves out what somebody else has locked, so that many rows never
 *  wait for one. On SQLite a transaction has locked all. */
export function leavingHeld(manager: EntityManager, table: string): string {
  return isPostgres(manager) ? `FOR UPDATE OF ${table} SKIP LOCKED` : '';
}

function isPostgres({ connection }: EntityManager): boolean {
  return connection.options.type === 'postgres';
}
