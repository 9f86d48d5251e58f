/** Tells who subscribes by a plain request how it is done. Called by Apollo (graphql-server.ts). */
import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { GraphqlContext } from './context.js';

export const refuseSubscriptions: ApolloServerPlugin<GraphqlContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
        throw new GraphQLError(
          'A subscription is answered as an event stream: send "Accept: text/event-stream" (GraphQL over SSE).',
          { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } },
        );
      },
    };
  },
};
