/** Measures a document before any other rule looks at it. Called by limit-rule.ts.
 *  Its own cost grows with the length of the document alone: a fragment is measured once, however often it is spread, and a
 *  cycle of fragments ends where it closes. */
import { Kind, visit } from 'graphql';
import type { ASTNode, DocumentNode, FragmentDefinitionNode, SelectionNode, SelectionSetNode } from 'graphql';

/** What is resolved: a fragment counts wherever it is spread, since it is resolved there each time. */
interface ResolvedSize {
  readonly depth: number;
  readonly aliases: number;
  readonly fields: number;
  /** Fields at the first level. */
  readonly roots: number;
  /** Of all fields, those that ask for the schema. */
  readonly introspections: number;
}

/** What is written. */
interface WrittenSize {
  readonly operations: number;
  readonly fragments: number;
  /** Fields and fragments that are selected. */
  readonly selections: number;
  /** Fields that one selection names again: `{ id id }` has one. Each pair of them is compared by a rule of the language. */
  readonly repeats: number;
  readonly directives: number;
  /** Directives at one place. */
  readonly directivesAtOnce: number;
}

export type DocumentSize = WrittenSize & ResolvedSize;

export function measureDocument(document: DocumentNode): DocumentSize {
  return { ...measureWritten(document), ...measureResolved(document) };
}

function measureWritten(document: DocumentNode): WrittenSize {
  const size = { operations: 0, fragments: 0, selections: 0, repeats: 0, directives: 0, directivesAtOnce: 0 };
  visit(document, {
    enter(node: ASTNode) {
      if (node.kind === Kind.OPERATION_DEFINITION) size.operations += 1;
      if (node.kind === Kind.FRAGMENT_DEFINITION) size.fragments += 1;
      if (node.kind === Kind.SELECTION_SET) {
        size.selections += node.selections.length;
        size.repeats += countRepeats(node);
      }
      const directives = 'directives' in node ? (node.directives?.length ?? 0) : 0;
      size.directives += directives;
      size.directivesAtOnce = Math.max(size.directivesAtOnce, directives);
    },
  });
  return size;
}

function countRepeats({ selections }: SelectionSetNode): number {
  const keys = selections.flatMap((selection) =>
    selection.kind === Kind.FIELD ? [(selection.alias ?? selection.name).value] : [],
  );
  return keys.length - new Set(keys).size;
}

function measureResolved({ definitions }: DocumentNode): ResolvedSize {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, ResolvedSize>();
  const sizes = definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? measure(definition.selectionSet) : nothing,
  );
  return sizes.reduce(larger, nothing);

  function measure({ selections }: SelectionSetNode): ResolvedSize {
    return selections.map(sizeOf).reduce(together, nothing);
  }

  function sizeOf(selection: SelectionNode): ResolvedSize {
    switch (selection.kind) {
      case Kind.FIELD: {
        const inner = selection.selectionSet ? measure(selection.selectionSet) : nothing;
        return {
          depth: inner.depth + 1,
          aliases: inner.aliases + (selection.alias ? 1 : 0),
          fields: inner.fields + 1,
          roots: 1,
          introspections: inner.introspections + (isIntrospection(selection.name.value) ? 1 : 0),
        };
      }
      case Kind.INLINE_FRAGMENT:
        return measure(selection.selectionSet);
      case Kind.FRAGMENT_SPREAD:
        return sizeOfFragment(selection.name.value);
      default:
        return selection satisfies never;
    }
  }

  function sizeOfFragment(name: string): ResolvedSize {
    const known = measured.get(name);
    if (known) return known;
    measured.set(name, nothing); // a cycle ends here; a rule of the language reports it
    const fragment = fragments.get(name);
    const size = fragment ? measure(fragment.selectionSet) : nothing;
    measured.set(name, size);
    return size;
  }
}

const nothing: ResolvedSize = { depth: 0, aliases: 0, fields: 0, roots: 0, introspections: 0 };

function isIntrospection(name: string): boolean {
  return name === '__schema' || name === '__type';
}

function together(one: ResolvedSize, other: ResolvedSize): ResolvedSize {
  return {
    depth: Math.max(one.depth, other.depth),
    aliases: one.aliases + other.aliases,
    fields: one.fields + other.fields,
    roots: one.roots + other.roots,
    introspections: one.introspections + other.introspections,
  };
}

/** Of several operations in one document one is executed. */
function larger(one: ResolvedSize, other: ResolvedSize): ResolvedSize {
  return {
    depth: Math.max(one.depth, other.depth),
    aliases: Math.max(one.aliases, other.aliases),
    fields: Math.max(one.fields, other.fields),
    roots: Math.max(one.roots, other.roots),
    introspections: Math.max(one.introspections, other.introspections),
  };
}
