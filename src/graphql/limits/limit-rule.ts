/** Refuses a document that is too large, in one walk, before the rules of the language see it: some of those compare every
 *  pair of fields. Called by validation (graphql-server.ts), of whatever transport. */
import { GraphQLError, Kind } from 'graphql';
import type { ASTVisitor, DocumentNode, ValidationContext, ValidationRule } from 'graphql';
import { measureDocument } from './document-size.js';
import type { DocumentSize } from './document-size.js';
import { documentLimits } from './limits.js';
import type { QueryLimits } from './limits.js';

export function createLimitRule(limits: Pick<QueryLimits, 'depth' | 'aliases'>): ValidationRule {
  const most = { ...documentLimits, ...limits };
  return (context: ValidationContext): ASTVisitor => ({
    Document(document) {
      const sentences = findExcesses(measureDocument(document), most);
      for (const sentence of sentences) context.reportError(new GraphQLError(sentence));
      // What a visitor gives back is visited in place of what it was given: the other rules find nothing to walk through.
      return sentences.length > 0 ? emptyDocument : undefined;
    },
  });
}

const emptyDocument: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

function findExcesses(size: DocumentSize, most: DocumentSize): string[] {
  return (Object.keys(words) as (keyof DocumentSize)[])
    .filter((name) => size[name] > most[name])
    .map((name) => `${words[name](size[name])}; at most ${most[name]} are served.`);
}

const words: Readonly<Record<keyof DocumentSize, (count: number) => string>> = {
  depth: (count) => `The query nests ${count} levels deep`,
  aliases: (count) => `The query uses ${count} aliases`,
  fields: (count) => `The query resolves ${count} fields`,
  roots: (count) => `The query has ${count} fields at its root`,
  introspections: (count) => `The query asks ${count} times for the schema`,
  operations: (count) => `The document holds ${count} operations`,
  fragments: (count) => `The document holds ${count} fragments`,
  selections: (count) => `The document selects ${count} fields and fragments`,
  repeats: (count) => `The document repeats ${count} fields beside themselves`,
  directives: (count) => `The document uses ${count} directives`,
  directivesAtOnce: (count) => `The document uses ${count} directives at one place`,
};
