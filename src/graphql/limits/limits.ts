/** All that bounds what one GraphQL request may ask, whichever transport it came by; docs/decisions/0014-the-door.md says why
 *  each number is what it is. Used by the limits of this folder and by graphql-server.ts. A request holds one operation:
 *  batches are refused. */
import type { DocumentSize } from './document-size.js';

/** What an operator may change (config/settings.ts). */
export interface QueryLimits {
  /** The introspection query of tools has 15 levels; the deepest useful query of ours has 8. */
  readonly depth: number;
  /** Two dozen providers in one query, and some to spare. */
  readonly aliases: number;
  /** See query-cost.ts for what costs how much. */
  readonly cost: number;
}

/** The text is not read further than this, so that nothing below ever sees a longer document. */
export const maxTokens = 2000;

/** Further errors of one document are not looked for. */
export const maxErrors = 10;

export const documentLimits: Omit<DocumentSize, 'depth' | 'aliases'> = {
  fields: 1000,
  roots: 30,
  /** Tools ask once. */
  introspections: 3,
  operations: 20,
  fragments: 50,
  selections: 500,
  repeats: 50,
  directives: 50,
  directivesAtOnce: 4,
};

export const variableLimits = {
  depth: 10,
  /** Objects, lists and what is in them. */
  values: 1000,
} as const;
