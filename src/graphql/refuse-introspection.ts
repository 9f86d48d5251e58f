/** Refuses questions about the schema where the operator has them off, and says which setting that is. Called by validation
 *  (graphql-server.ts, streamed-operations.ts), of whatever transport. */
import { GraphQLError } from 'graphql';
import type { ASTVisitor, ValidationContext } from 'graphql';

export function refuseIntrospection(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.name.value !== '__schema' && node.name.value !== '__type') return;
      context.reportError(
        new GraphQLError(
          `Questions about the schema ("${node.name.value}") are not answered here. The operator may allow them with LATCHKEY_INTROSPECTION=true.`,
          { nodes: node },
        ),
      );
    },
  };
}
