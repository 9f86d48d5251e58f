/** Reads one page of a list that is ordered by a time and then by the id. Called by the stores that page. */
import type { SelectQueryBuilder } from 'typeorm';
import { decodeCursor } from './cursor.js';
import { assertPageSize, toPage, type Page, type PageRequest } from './page.js';

export interface PageReading<Row, By, Node> {
  /** The property that holds the time. */
  readonly by: By;
  readonly order: 'ASC' | 'DESC';
  readonly read: (row: Row) => Node;
}

/** Of the rows that the query selects, which has no order and no limit of its own. Throws BAD_USER_INPUT for a page size outside 1 to
 *  100 or a cursor that is none. */
export async function readPage<By extends string, Row extends { readonly id: string } & Record<By, number>, Node>(
  query: SelectQueryBuilder<Row>,
  { first, after }: PageRequest,
  { by, order, read }: PageReading<Row, By, Node>,
): Promise<Page<Node>> {
  assertPageSize(first);
  const [time, id] = [`${query.alias}.${by}`, `${query.alias}.id`];
  query.orderBy({ [time]: order, [id]: order }).limit(first + 1);
  if (after !== null) {
    const [afterTime, afterId] = decodeCursor(after, 'after');
    query.andWhere(`(${time}, ${id}) ${order === 'ASC' ? '>' : '<'} (:afterTime, :afterId)`, { afterTime, afterId });
  }
  const page = toPage(await query.getMany(), { first, after }, (row) => [row[by], row.id]);
  return { ...page, edges: page.edges.map(({ cursor, node }) => ({ cursor, node: read(node) })) };
}
