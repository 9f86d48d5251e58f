/** A page of connected accounts as clients see it, and the filter that they may give. */
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { AccountPageRequest } from '../accounts/account-facts.js';
import type { AccountStatus, ConnectedAccount } from '../accounts/connected-account.js';
import type { Page } from '../database/page.js';
import { ConnectedAccountType, toConnectedAccount } from './connected-account.type.js';
import type { GraphqlContext } from './context.js';
import { AccountStatusEnum } from './enums.js';
import { fill } from './fill.js';
import { PageInfoType, toPageInfo } from './page-info.type.js';

@InputType('ConnectedAccountFilter', { description: 'Which accounts are wanted; all conditions given must hold.' })
export class ConnectedAccountFilterInput {
  @Field(() => ID, { nullable: true, description: 'Only accounts at this provider. An unknown one matches none.' })
  provider?: string | null;

  @Field(() => AccountStatusEnum, { nullable: true, description: 'Only accounts in this state.' })
  status?: AccountStatus | null;
}

@ObjectType('ConnectedAccountEdge', { description: 'A connected account at its place in the list.' })
export class ConnectedAccountEdgeType {
  @Field(() => String, { description: 'Its place: opaque, valid as `after`.' })
  cursor!: string;

  @Field(() => ConnectedAccountType, { description: 'The account.' })
  node!: ConnectedAccountType;
}

@ObjectType('ConnectedAccountConnection', { description: 'A page of connected accounts, oldest first.' })
export class ConnectedAccountConnectionType {
  @Field(() => [ConnectedAccountEdgeType], { description: 'The accounts with their cursors.' })
  edges!: readonly ConnectedAccountEdgeType[];

  @Field(() => [ConnectedAccountType], { description: 'The accounts alone.' })
  nodes!: readonly ConnectedAccountType[];

  @Field(() => PageInfoType, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfoType;

  /** For totalCount (user.resolver.ts), which is counted only when it is asked for. */
  listing!: Pick<AccountPageRequest, 'userId' | 'filter'>;
}

export function toAccountConnection(
  page: Page<ConnectedAccount>,
  listing: ConnectedAccountConnectionType['listing'],
  context: GraphqlContext,
): ConnectedAccountConnectionType {
  const edges = page.edges.map(({ cursor, node }) =>
    fill(new ConnectedAccountEdgeType(), { cursor, node: toConnectedAccount(node, context) }),
  );
  return fill(new ConnectedAccountConnectionType(), {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: toPageInfo(page),
    listing,
  });
}

export function toAccountFilter({ provider, status }: ConnectedAccountFilterInput): AccountPageRequest['filter'] {
  return { ...(provider ? { providerId: provider } : {}), ...(status ? { status } : {}) };
}
