/** Holds an operation to its limits once it is known to be well formed, before anything is resolved. Called by Apollo
 *  (graphql-server.ts). Another transport calls createOperationCheck itself, so that one place decides for all. */
import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { Fault } from '../../errors.js';
import type { GraphqlContext } from '../context.js';
import { assertVariablesFit, createDocumentTextCheck } from './input-limits.js';
import type { QueryLimits } from './limits.js';
import { createCostMeter } from './query-cost.js';
import type { PricedOperation } from './query-cost.js';

export function createLimitPlugin(check: OperationCheck): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, request }) {
          if (operation) check({ document, operation, variables: request.variables ?? {} });
        },
      };
    },
  };
}

/** Throws a GraphQLError that says what is too much, and how much would pass. */
export type OperationCheck = (operation: PricedOperation) => void;

export function createOperationCheck(schema: GraphQLSchema, limits: Pick<QueryLimits, 'cost'>): OperationCheck {
  const costOf = createCostMeter(schema);
  const assertTextsFit = createDocumentTextCheck();
  return (operation) => {
    try {
      assertVariablesFit(operation.variables);
      assertTextsFit(operation.document);
    } catch (error) {
      throw error instanceof Fault ? asRefusal(error) : error;
    }
    const cost = costOf(operation);
    if (cost <= limits.cost) return;
    throw new GraphQLError(
      `The query costs ${cost}; at most ${limits.cost} are served. Ask for fewer fields, fewer profiles or shorter pages.`,
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } },
    );
  };
}

function asRefusal(fault: Fault): GraphQLError {
  return new GraphQLError(fault.message, { originalError: fault, extensions: { http: { status: 400 } } });
}
