/** Service tokens as admins see them, a page of them, and what making, rotating and revoking take and give. */
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { ShownOnce } from '../../admin/manage-service-tokens.js';
import type { ServiceAction } from '../../callers/actions.js';
import { handOverServiceToken } from '../../callers/service-token-text.js';
import type { ServiceToken, ServiceTokenSecret } from '../../callers/service-token.js';
import type { Page } from '../../database/page.js';
import { ServiceActionEnum } from '../enums.js';
import { fill } from '../fill.js';
import { PageInfoType, toPageInfo } from '../page-info.type.js';
import { DateTimeScalar } from '../scalars.js';

@ObjectType('ServiceTokenSecret', {
  description:
    'One secret of a service token: there are several while one is exchanged for another. Its text is not kept.',
})
export class ServiceTokenSecretType {
  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ends before its token does; null: with it.' })
  endsAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was last shown, to the minute; null: never yet. Tells whether an exchange is done.',
  })
  lastUsedAt!: number | null;
}

@ObjectType('ServiceToken', {
  description: 'What a back end shows in place of a user’s JWT, and what it may do with it.',
})
export class ServiceTokenType {
  @Field(() => ID, { description: 'Opaque, begins with stk_: what the audit calls it. No secret.' })
  id!: string;

  @Field(() => String, { description: 'Which back end has it.' })
  name!: string;

  @Field(() => [ServiceActionEnum], { description: 'What it may do.' })
  actions!: readonly ServiceAction[];

  @Field(() => [ID], { nullable: true, description: 'At which providers; null: at all.' })
  providers!: readonly string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'For which users: what their ids begin with; null: for all.',
  })
  userPrefixes!: readonly string[] | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: number;

  @Field(() => ID, { description: 'The admin who made it.' })
  createdBy!: string;

  @Field(() => DateTimeScalar, { description: 'When it ends.' })
  expiresAt!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was revoked; null: it was not.' })
  revokedAt!: number | null;

  @Field(() => [ServiceTokenSecretType], { description: 'Its secrets, oldest first.' })
  secrets!: readonly ServiceTokenSecretType[];
}

@ObjectType('ServiceTokenEdge', { description: 'A service token at its place in the list.' })
export class ServiceTokenEdgeType {
  @Field(() => String, { description: 'Its place: opaque, valid as `after`.' })
  cursor!: string;

  @Field(() => ServiceTokenType, { description: 'The service token.' })
  node!: ServiceTokenType;
}

@ObjectType('ServiceTokenConnection', { description: 'A page of service tokens, newest first.' })
export class ServiceTokenConnectionType {
  @Field(() => [ServiceTokenEdgeType], { description: 'The service tokens with their cursors.' })
  edges!: readonly ServiceTokenEdgeType[];

  @Field(() => [ServiceTokenType], { description: 'The service tokens alone.' })
  nodes!: readonly ServiceTokenType[];

  @Field(() => PageInfoType, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfoType;
}

@InputType('CreateServiceTokenInput', { description: 'What a new service token may do, and how long.' })
export class CreateServiceTokenInput {
  @Field(() => String, { description: 'Which back end gets it: 1 to 64 letters, digits, spaces and . _ @ / : -' })
  name!: string;

  @Field(() => [ServiceActionEnum], { description: 'What it may do, and nothing else.' })
  actions!: ServiceAction[];

  @Field(() => [ID], { nullable: true, description: 'At these providers alone; at all when left out.' })
  providers?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'For users whose ids begin with one of these alone; for all when left out.',
  })
  userPrefixes?: string[] | null;

  @Field(() => DateTimeScalar, { description: 'When it ends: at most 366 days from now.' })
  expiresAt!: number;

  @Field(() => String, { description: 'Why, for the audit: 1 to 256 characters.' })
  reason!: string;
}

@InputType('RotateServiceTokenInput', { description: 'Which service token gets a new secret.' })
export class RotateServiceTokenInput {
  @Field(() => ID, { description: 'The id of the service token.' })
  id!: string;

  @Field(() => Int, {
    defaultValue: 86_400,
    description:
      'How long the secrets that stand go on, so that every back end can change over: 0 to 2592000 (30 days).',
  })
  overlapSeconds!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The new end of the token: at most 366 days from now. Left out, it ends when it would have.',
  })
  expiresAt?: number | null;

  @Field(() => String, { description: 'Why, for the audit: 1 to 256 characters.' })
  reason!: string;
}

@InputType('RevokeServiceTokenInput', { description: 'Which service token ends now, with all its secrets.' })
export class RevokeServiceTokenInput {
  @Field(() => ID, { description: 'The id of the service token.' })
  id!: string;

  @Field(() => String, { description: 'Why, for the audit: 1 to 256 characters.' })
  reason!: string;
}

@ObjectType('ServiceTokenSecretPayload', { description: 'A new secret of a service token.' })
export class ServiceTokenSecretPayloadType {
  @Field(() => String, {
    description:
      'The secret itself, begins with lks_: sent as "Authorization: Bearer lks_...". Shown this once; only its digest is kept.',
  })
  secret!: string;

  @Field(() => ServiceTokenType, { description: 'The service token.' })
  serviceToken!: ServiceTokenType;
}

@ObjectType('RevokeServiceTokenPayload', { description: 'What was revoked.' })
export class RevokeServiceTokenPayloadType {
  @Field(() => ServiceTokenType, { description: 'The service token.' })
  serviceToken!: ServiceTokenType;
}

export function toServiceToken(token: ServiceToken): ServiceTokenType {
  const { id, name, scope, createdAt, createdBy, expiresAt, revokedAt, secrets } = token;
  const { actions, providers, userPrefixes } = scope;
  const about = { id, name, createdAt, createdBy, expiresAt, revokedAt };
  return fill(new ServiceTokenType(), { ...about, actions, providers, userPrefixes, secrets: secrets.map(toSecret) });
}

export function toServiceTokenConnection(page: Page<ServiceToken>): ServiceTokenConnectionType {
  const edges = page.edges.map(({ cursor, node }) =>
    fill(new ServiceTokenEdgeType(), { cursor, node: toServiceToken(node) }),
  );
  return fill(new ServiceTokenConnectionType(), {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: toPageInfo(page),
  });
}

export function toSecretPayload({ text, token }: ShownOnce): ServiceTokenSecretPayloadType {
  return fill(new ServiceTokenSecretPayloadType(), {
    secret: handOverServiceToken(text),
    serviceToken: toServiceToken(token),
  });
}

function toSecret({ createdAt, endsAt, lastUsedAt }: ServiceTokenSecret): ServiceTokenSecretType {
  return fill(new ServiceTokenSecretType(), { createdAt, endsAt, lastUsedAt });
}
