/** Builds the schema from the resolvers and prints it. Called by graphql-server.ts and cli/emit-schema.ts.
 *  What decorators cannot say is added after the building: @oneOf, and the descriptions of the roots. */
import 'reflect-metadata';
import { GraphQLInputObjectType, lexicographicSortSchema, printSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import type { PubSub } from 'type-graphql';
import { AccountResolver } from './account.resolver.js';
import { AdminResolver } from './admin/admin.resolver.js';
import { ServiceTokenMutationResolver, ServiceTokenQueryResolver } from './admin/service-token.resolver.js';
import { AuthorizationResolver } from './authorization.resolver.js';
import { ConnectedAccountResolver } from './connected-account.resolver.js';
import { PolicyResolver } from './policy.resolver.js';
import { AmbiguousAccountProblemResolver, ConnectionProblemResolver } from './problem.resolver.js';
import { ProviderRequestResolver } from './provider-request.resolver.js';
import { IncidentResolver } from './incident.resolver.js';
import { QueryResolver } from './query.resolver.js';
import { SubscriptionResolver } from './subscription.resolver.js';
import { ConnectedAccountConnectionResolver, UserResolver } from './user.resolver.js';
import { WebhookResolver } from './webhook.resolver.js';

export function buildGraphqlSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      QueryResolver,
      IncidentResolver,
      WebhookResolver,
      UserResolver,
      ConnectedAccountConnectionResolver,
      ConnectedAccountResolver,
      ConnectionProblemResolver,
      AmbiguousAccountProblemResolver,
      AuthorizationResolver,
      AccountResolver,
      ProviderRequestResolver,
      PolicyResolver,
      SubscriptionResolver,
      AdminResolver,
      ServiceTokenQueryResolver,
      ServiceTokenMutationResolver,
    ],
    pubSub: noTopics,
    validate: false, // inputs are checked by the use cases
  });
  markOneOf(schema, 'AuthorizationAnswerInput');
  describeRoots(schema);
  return schema;
}

/** type-graphql wants one as soon as there is a subscription; ours name their sources themselves. */
const noTopics: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('A subscription has no source of its own.');
  },
};

/** The schema as text, in an order that does not depend on that of the files. */
export function printGraphqlSchema(): string {
  return `${printSchema(lexicographicSortSchema(buildGraphqlSchema()))}\n`;
}

function markOneOf(schema: GraphQLSchema, name: string): void {
  const type = schema.getType(name);
  if (!(type instanceof GraphQLInputObjectType)) throw new Error(`The schema has no input type "${name}".`);
  type.isOneOf = true;
}

function describeRoots(schema: GraphQLSchema): void {
  const roots = [
    [schema.getQueryType(), 'What callers read. Every field needs a valid bearer token of the app.'],
    [schema.getMutationType(), 'What callers change. Every field needs a valid bearer token of the app.'],
    [schema.getSubscriptionType(), 'What callers follow, as an event stream (GraphQL over SSE, on the same path).'],
  ] as const;
  for (const [root, description] of roots) if (root) root.description = description;
}
