/** What was done to a user's accounts, as clients see it, and a page of it. */
import { Field, ID, ObjectType } from 'type-graphql';
import type { AuditEvent } from '../audit/audit-event.js';
import type { Page } from '../database/page.js';
import { fill } from './fill.js';
import { PageInfoType, toPageInfo } from './page-info.type.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType('AuditEvent', {
  description: 'One line of the audit. An act has two: STARTED before it is done, DONE or FAILED after it.',
})
export class AuditEventType {
  @Field(() => ID, { description: 'Opaque, begins with evt_.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When the line was written.' })
  at!: number;

  @Field(() => String, {
    description:
      'What was done: account.connected, account.read, account.proxied, account.refreshed, account.disconnected, activity.recorded, policy.changed, token.created, token.revoked, token.rotated, user.read, webhooks.read, webhooks.replayed. May grow.',
  })
  action!: string;

  @Field(() => ID, { description: 'The user id of whoever did it, or the id of their service token.' })
  actorId!: string;

  @Field(() => ID, {
    description: 'The user id of whom it was done to; the same as actorId unless somebody acted on behalf.',
  })
  subjectId!: string;

  @Field(() => ID, { nullable: true, description: 'The account concerned; null where none is, or none was known yet.' })
  accountId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was done, in the words of whoever did it for another; null for what users do themselves.',
  })
  reason!: string | null;

  @Field(() => String, {
    description: 'STARTED, then DONE or FAILED. A STARTED alone means that the outcome is not known.',
  })
  outcome!: string;

  @Field(() => String, { description: 'The request it belongs to, as in the header X-Request-Id of its answer.' })
  requestId!: string;
}

@ObjectType('AuditEventEdge', { description: 'A line of the audit at its place in the list.' })
export class AuditEventEdgeType {
  @Field(() => String, { description: 'Its place: opaque, valid as `after`.' })
  cursor!: string;

  @Field(() => AuditEventType, { description: 'The line.' })
  node!: AuditEventType;
}

@ObjectType('AuditEventConnection', { description: 'A page of the audit, newest first.' })
export class AuditEventConnectionType {
  @Field(() => [AuditEventEdgeType], { description: 'The lines with their cursors.' })
  edges!: readonly AuditEventEdgeType[];

  @Field(() => [AuditEventType], { description: 'The lines alone.' })
  nodes!: readonly AuditEventType[];

  @Field(() => PageInfoType, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfoType;
}

export function toAuditConnection(page: Page<AuditEvent>): AuditEventConnectionType {
  const edges = page.edges.map(({ cursor, node }) =>
    fill(new AuditEventEdgeType(), { cursor, node: toAuditEvent(node) }),
  );
  return fill(new AuditEventConnectionType(), {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: toPageInfo(page),
  });
}

function toAuditEvent(event: AuditEvent): AuditEventType {
  return fill(new AuditEventType(), {
    id: event.id,
    at: event.at,
    action: event.action,
    actorId: event.actorId,
    subjectId: event.subjectId,
    accountId: event.accountId,
    reason: event.reason,
    outcome: event.outcome,
    requestId: event.requestId,
  });
}
