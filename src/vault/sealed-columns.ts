/** Every column that holds sealed values, and what each value is sealed for. The stores take their places from this list
 *  and resealing walks it, so that no column can be written by the one and forgotten by the other; a test looks for
 *  columns named sealed* that are missing here.
 *  Must never: change a table, a field or a purpose of what is stored. It is bound into the key, and nothing would open. */
import type { SealPlace } from './seal.js';

export interface SealedTable {
  readonly purpose: SealPlace['purpose'];
  /** The columns that the place is rebuilt from; `userId` is null where no user is bound. */
  readonly rowId: string;
  readonly userId: string | null;
  /** Which key a value should stand under: the one that seals now, or always the one that made it. */
  readonly keptUnder: 'sealing key' | 'own key';
  readonly columns: Readonly<Record<string, SealedContent>>;
}

/** The field that the column's text is sealed for; or, for a column of JSON, the fields of its sealed members. */
export type SealedContent = string | Readonly<Record<string, string>>;

export const sealedTables = {
  token_set: {
    purpose: 'token-set',
    rowId: 'account_id',
    userId: 'user_id',
    keptUnder: 'sealing key',
    columns: {
      sealed_access_token: 'access_token',
      sealed_refresh_token: 'refresh_token',
      // The place of the current one: it moves over inside one UPDATE, where nothing can be sealed again.
      // docs/decisions/0002-sealing.md says why this gives nothing away.
      sealed_previous_refresh_token: 'refresh_token',
    },
  },
  disconnection: {
    purpose: 'token-set',
    rowId: 'account_id',
    userId: 'user_id',
    keptUnder: 'sealing key',
    columns: { sealed_access_token: 'access_token', sealed_refresh_token: 'refresh_token' },
  },
  pending_authorization: {
    purpose: 'pending-authorization',
    rowId: 'id',
    userId: 'subject_id',
    keptUnder: 'sealing key',
    columns: {
      sealed_code_verifier: 'code_verifier',
      sealed_nonce: 'nonce',
      sealed_authorization_url: 'authorization_url',
      sealed_answer: { state: 'answer.state', code: 'answer.code' },
    },
  },
  // Proves that a key is the one it was, so it stays under that key and goes with it.
  keyring_check: {
    purpose: 'keyring-check',
    rowId: 'kid',
    userId: null,
    keptUnder: 'own key',
    columns: { sealed: 'sealed' },
  },
} as const satisfies Readonly<Record<string, SealedTable>>;

export type SealedTableName = keyof typeof sealedTables;

type Columns<Table extends SealedTableName> = (typeof sealedTables)[Table]['columns'];
type FieldsIn<Content> = Content extends string ? Content : Content[keyof Content];
export type SealedField<Table extends SealedTableName> = Extract<
  { [Column in keyof Columns<Table>]: FieldsIn<Columns<Table>[Column]> }[keyof Columns<Table>],
  string
>;

export interface SealedRowKey {
  readonly rowId: string;
  /** Empty where no user is bound. */
  readonly userId: string;
}

export function placeIn<Table extends SealedTableName>(
  table: Table,
  field: SealedField<Table>,
  row: SealedRowKey,
): SealPlace {
  return placeOfField(table, field, row);
}

/** The same for a field that comes out of the list itself. */
export function placeOfField(table: SealedTableName, field: string, { rowId, userId }: SealedRowKey): SealPlace {
  return { purpose: sealedTables[table].purpose, table, field, rowId, userId };
}
