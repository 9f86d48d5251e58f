/** What became of an account's refreshes, as clients see it, and a page of it. */
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { RefreshEventOutcome, RefreshEventReason } from '../accounts/refresh-event.entity.js';
import type { RefreshEvent } from '../accounts/refresh-history.js';
import type { Page } from '../database/page.js';
import { RefreshEventOutcomeEnum, RefreshEventReasonEnum } from './enums.js';
import { fill } from './fill.js';
import { PageInfoType, toPageInfo } from './page-info.type.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType('RefreshEvent', { description: 'One refresh of an account, and what became of it.' })
export class RefreshEventType {
  @Field(() => ID, { description: 'Opaque, begins with rfe_.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When its outcome was written.' })
  at!: number;

  @Field(() => RefreshEventReasonEnum, { description: 'Why it was made.' })
  reason!: RefreshEventReason;

  @Field(() => RefreshEventOutcomeEnum, { description: 'What became of it.' })
  outcome!: RefreshEventOutcome;

  @Field(() => Int, {
    nullable: true,
    description:
      'Milliseconds from the request to the provider’s answer; null where nothing was sent, or Latchkey was interrupted.',
  })
  tookMs!: number | null;
}

@ObjectType('RefreshEventEdge', { description: 'A refresh at its place in the history.' })
export class RefreshEventEdgeType {
  @Field(() => String, { description: 'Its place: opaque, valid as `after`.' })
  cursor!: string;

  @Field(() => RefreshEventType, { description: 'The refresh.' })
  node!: RefreshEventType;
}

@ObjectType('RefreshEventConnection', { description: 'A page of the history of an account, newest first.' })
export class RefreshEventConnectionType {
  @Field(() => [RefreshEventEdgeType], { description: 'The refreshes with their cursors.' })
  edges!: readonly RefreshEventEdgeType[];

  @Field(() => [RefreshEventType], { description: 'The refreshes alone.' })
  nodes!: readonly RefreshEventType[];

  @Field(() => PageInfoType, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfoType;
}

export function toRefreshEventConnection(page: Page<RefreshEvent>): RefreshEventConnectionType {
  const edges = page.edges.map(({ cursor, node }) =>
    fill(new RefreshEventEdgeType(), { cursor, node: toRefreshEvent(node) }),
  );
  return fill(new RefreshEventConnectionType(), {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: toPageInfo(page),
  });
}

function toRefreshEvent({ id, at, reason, outcome, tookMs }: RefreshEvent): RefreshEventType {
  return fill(new RefreshEventType(), { id, at, reason, outcome, tookMs });
}
