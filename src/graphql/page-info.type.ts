/** Where a page stands in its list (Relay's cursor connections), and how a page of a store becomes a connection. */
import { Field, ObjectType } from 'type-graphql';
import type { Page } from '../database/page.js';
import { fill } from './fill.js';

@ObjectType('PageInfo', {
  description: 'Where a page stands in its list, as in the GraphQL Cursor Connections Specification.',
})
export class PageInfoType {
  @Field(() => Boolean, { description: 'Whether there is more after endCursor.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether the page began after a cursor.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first item; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Give it as `after` to get the next page; null on an empty page.',
  })
  endCursor!: string | null;
}

export function toPageInfo({ edges, hasNextPage, hasPreviousPage }: Page<unknown>): PageInfoType {
  return fill(new PageInfoType(), {
    hasNextPage,
    hasPreviousPage,
    startCursor: edges.at(0)?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  });
}
