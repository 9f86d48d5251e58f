/** Incidents of providers as admins see them, and a page of them. */
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { Page } from '../database/page.js';
import type { IncidentCause } from '../refresh/provider-incident.entity.js';
import { incidentSentence } from '../refresh/incident-sentence.js';
import type { ProviderIncident } from '../refresh/incident-store.js';
import { IncidentCauseEnum } from './enums.js';
import { fill } from './fill.js';
import { PageInfoType, toPageInfo } from './page-info.type.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType('ProviderIncident', {
  description:
    'Refreshes of many accounts at one provider failed for one cause. None of their users is asked for anything.',
})
export class ProviderIncidentType {
  @Field(() => ID, { description: 'Opaque, begins with inc_.' })
  id!: string;

  @Field(() => ID, { description: 'The id of the Provider.' })
  providerId!: string;

  @Field(() => IncidentCauseEnum, { description: 'What is at fault.' })
  cause!: IncidentCause;

  @Field(() => String, { description: 'One sentence for the operator: what happened, and what to do.' })
  message!: string;

  @Field(() => DateTimeScalar, { description: 'When it was found out.' })
  openedAt!: number;

  @Field(() => DateTimeScalar, { description: 'The last failure that belongs to it.' })
  lastSeenAt!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When something worked again; null while it is open.' })
  closedAt!: number | null;

  @Field(() => Int, {
    description: 'Accounts whose refresh failed for it; one that failed at several instances counts for each.',
  })
  accounts!: number;

  @Field(() => Int, { description: 'Refreshes that failed for it.' })
  failures!: number;
}

@ObjectType('ProviderIncidentEdge', { description: 'An incident at its place in the list.' })
export class ProviderIncidentEdgeType {
  @Field(() => String, { description: 'Its place: opaque, valid as `after`.' })
  cursor!: string;

  @Field(() => ProviderIncidentType, { description: 'The incident.' })
  node!: ProviderIncidentType;
}

@ObjectType('ProviderIncidentConnection', { description: 'A page of incidents, newest first.' })
export class ProviderIncidentConnectionType {
  @Field(() => [ProviderIncidentEdgeType], { description: 'The incidents with their cursors.' })
  edges!: readonly ProviderIncidentEdgeType[];

  @Field(() => [ProviderIncidentType], { description: 'The incidents alone.' })
  nodes!: readonly ProviderIncidentType[];

  @Field(() => PageInfoType, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfoType;
}

export function toIncidentConnection(page: Page<ProviderIncident>): ProviderIncidentConnectionType {
  const edges = page.edges.map(({ cursor, node }) =>
    fill(new ProviderIncidentEdgeType(), { cursor, node: toIncident(node) }),
  );
  return fill(new ProviderIncidentConnectionType(), {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: toPageInfo(page),
  });
}

function toIncident(incident: ProviderIncident): ProviderIncidentType {
  const { id, providerId, cause, openedAt, lastSeenAt, closedAt, accounts, failures } = incident;
  const message = incidentSentence(cause, providerId);
  const facts = { id, providerId, cause, message, openedAt, lastSeenAt, closedAt, accounts, failures };
  return fill(new ProviderIncidentType(), facts);
}
