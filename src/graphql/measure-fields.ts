/** Reports each root field of an operation and how it ended. Called by Apollo (graphql-server.ts).
 *  Must never: report a name that is not in our schema. A client chooses its aliases and the names of its operations, so
 *  those are used to find an answer and never told. */
import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { Kind } from 'graphql';
import type { DocumentNode, SelectionSetNode } from 'graphql';
import type { Metrics } from '../observe/measures.js';
import type { GraphqlContext } from './context.js';
import { faultIn, isClientFault } from './error-answer.js';

export function measureFields(metrics: Pick<Metrics, 'fieldAnswered'>): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse(context) {
          for (const end of endsOf(context)) metrics.fieldAnswered(end);
        },
      };
    },
  };
}

type Answered = Parameters<Metrics['fieldAnswered']>[0];
type Answer = GraphQLRequestContextWillSendResponse<GraphqlContext>;

function endsOf({ document, operation, errors = [], response: { body } }: Answer): Answered[] {
  // Only an operation that was executed has data, be it null; its fields are then known to be in the schema.
  const isExecuted = body.kind === 'single' && body.singleResult.data !== undefined;
  if (!isExecuted || !document || !operation) return [{ field: null, outcome: isOurs(errors) ? 'FAILED' : 'REFUSED' }];
  const data = body.singleResult.data ?? {};
  return rootFields(operation.selectionSet, document).flatMap(({ name, key }): Answered[] => {
    const own = errors.filter(({ path }) => path?.[0] === key);
    if (own.length > 0) return [{ field: name, outcome: isOurs(own) ? 'FAILED' : 'REFUSED' }];
    return key in data ? [{ field: name, outcome: 'ANSWERED' }] : []; // left out by @skip or @include
  });
}

/** Whether Latchkey is at fault, and not what was asked. */
function isOurs(errors: readonly Error[]): boolean {
  return errors.some((error) => {
    const fault = faultIn(error);
    return fault ? fault.code === 'INTERNAL' : !isClientFault(error);
  });
}

interface RootField {
  readonly name: string;
  /** Its key in the answer. */
  readonly key: string;
}

function rootFields({ selections }: SelectionSetNode, document: DocumentNode): RootField[] {
  const found = selections.flatMap((selection): RootField[] => {
    switch (selection.kind) {
      case Kind.FIELD:
        return [{ name: selection.name.value, key: (selection.alias ?? selection.name).value }];
      case Kind.INLINE_FRAGMENT:
        return rootFields(selection.selectionSet, document);
      case Kind.FRAGMENT_SPREAD: {
        const fragment = document.definitions.find(
          (definition) =>
            definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
        );
        return fragment?.kind === Kind.FRAGMENT_DEFINITION ? rootFields(fragment.selectionSet, document) : [];
      }
      default:
        return selection satisfies never;
    }
  });
  return [...new Map(found.map((field) => [field.key, field])).values()];
}
