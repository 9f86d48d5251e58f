/** The columns of a row class for a statement that is written out (Database.select): what to select, and how the answer
 *  becomes a row. Called by the stores whose statement every request pays for. Columns and transformers are the entity's
 *  own, so that a new column is read here too. */
import type { EntityManager, ValueTransformer } from 'typeorm';
import type { RawRow } from './database.js';

export interface RowColumns<Row> {
  /** For the SELECT of a statement that calls the table by the alias. */
  readonly list: string;
  /** The row that stands under the alias in an answer. */
  read(raw: RawRow): Row;
}

export function rowColumns<Row extends object>(
  reader: EntityManager,
  rowClass: new () => Row,
  alias: string,
): RowColumns<Row> {
  const columns = reader.connection.getMetadata(rowClass).columns.map((column) => ({
    property: column.propertyName,
    name: `${alias}_${column.databaseName}`,
    selected: `"${alias}"."${column.databaseName}" AS "${alias}_${column.databaseName}"`,
    transformer: transformerOf(column.transformer),
  }));

  return {
    list: columns.map(({ selected }) => selected).join(', '),
    read(raw) {
      const row: Record<string, unknown> = {};
      for (const { property, name, transformer } of columns) {
        row[property] = transformer ? transformer.from(raw[name]) : raw[name];
      }
      return Object.assign(new rowClass(), row);
    },
  };
}

function transformerOf(declared: ValueTransformer | ValueTransformer[] | undefined): ValueTransformer | undefined {
  if (!Array.isArray(declared)) return declared;
  throw new Error('A column has several transformers, which a written statement does not know how to apply.');
}
