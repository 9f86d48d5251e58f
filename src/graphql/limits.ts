/** How large a document may be. Called by graphql-server.ts; each rule runs before anything is resolved.
 *  These bound what one request can ask of providers and of the database; a price for each field comes with the full door. */
import { GraphQLError, Kind } from 'graphql';
import type { ASTVisitor, FragmentDefinitionNode, SelectionSetNode, ValidationContext } from 'graphql';

/** The introspection query of tools has 15 levels; the deepest useful query of ours has 8. */
export const maxDepth = 15;
/** Two dozen providers in one query, and some to spare. */
export const maxAliases = 30;
export const maxTokens = 2000;
/** Further errors of one document are not looked for. */
export const maxErrors = 10;

export const limitRules = [limitSize];

interface Size {
  readonly depth: number;
  readonly aliases: number;
}

function limitSize(context: ValidationContext): ASTVisitor {
  const measure = createMeasure(context);
  return {
    OperationDefinition(operation) {
      const { depth, aliases } = measure(operation.selectionSet);
      if (depth > maxDepth) refuse(`The query nests ${depth} levels deep; at most ${maxDepth} are served.`);
      if (aliases > maxAliases) refuse(`The query uses ${aliases} aliases; at most ${maxAliases} are served.`);

      function refuse(message: string): void {
        context.reportError(new GraphQLError(message, { nodes: operation }));
      }
    },
  };
}

/** Counts a fragment wherever it is spread, since it is resolved there each time; measures it only once. */
function createMeasure(context: ValidationContext): (selections: SelectionSetNode) => Size {
  const fragments = new Map<string, Size>();
  return measure;

  function measure({ selections }: SelectionSetNode): Size {
    let depth = 0;
    let aliases = 0;
    for (const selection of selections) {
      const inner = sizeOf(selection);
      depth = Math.max(depth, inner.depth);
      aliases += inner.aliases;
    }
    return { depth, aliases };
  }

  function sizeOf(selection: SelectionSetNode['selections'][number]): Size {
    switch (selection.kind) {
      case Kind.FIELD: {
        const inner = selection.selectionSet ? measure(selection.selectionSet) : nothing;
        return { depth: inner.depth + 1, aliases: inner.aliases + (selection.alias ? 1 : 0) };
      }
      case Kind.INLINE_FRAGMENT:
        return measure(selection.selectionSet);
      case Kind.FRAGMENT_SPREAD:
        return sizeOfFragment(context.getFragment(selection.name.value));
      default:
        return selection satisfies never;
    }
  }

  function sizeOfFragment(fragment: FragmentDefinitionNode | null | undefined): Size {
    if (!fragment) return nothing; // another rule reports it
    const { name, selectionSet } = fragment;
    const known = fragments.get(name.value);
    if (known) return known;
    fragments.set(name.value, nothing); // a cycle ends here; another rule reports it
    const size = measure(selectionSet);
    fragments.set(name.value, size);
    return size;
  }
}

const nothing: Size = { depth: 0, aliases: 0 };
