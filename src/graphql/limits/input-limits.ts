/** What variables and texts of a request may be, before they are coerced. Called by limit-plugin.ts.
 *  No field takes a text that a database cannot store: PostgreSQL refuses U+0000, and half a surrogate pair is no text. */
import { Kind, visit } from 'graphql';
import type { DocumentNode } from 'graphql';
import { fail } from '../../errors.js';
import { variableLimits } from './limits.js';

/** Throws BAD_USER_INPUT, naming the variable where one is at fault. */
export function assertVariablesFit(variables: Readonly<Record<string, unknown>>): void {
  let values = 0;
  for (const [name, variable] of Object.entries(variables)) {
    let level: unknown[] = [name, variable];
    for (let depth = 0; level.length > 0; depth += 1) {
      values += level.length;
      if (values > variableLimits.values) refuse(name, `hold more than ${variableLimits.values} values`);
      if (depth > variableLimits.depth) refuse(name, `nest deeper than ${variableLimits.depth} levels`);
      if (level.some(isUnfitText)) refuseText(name);
      level = level.flatMap(inside);
    }
  }
}

/** The same for the texts that stand in the document itself. */
export function createDocumentTextCheck(): (document: DocumentNode) => void {
  const known = new WeakMap<DocumentNode, boolean>();
  return (document) => {
    const isFit = known.get(document) ?? holdsFitTexts(document);
    known.set(document, isFit);
    if (!isFit) refuseText('query');
  };
}

function holdsFitTexts(document: DocumentNode): boolean {
  let isFit = true;
  visit(document, {
    [Kind.STRING]({ value }) {
      isFit &&= !isUnfitText(value);
    },
  });
  return isFit;
}

function isUnfitText(value: unknown): boolean {
  return typeof value === 'string' && /\0|\p{Surrogate}/u.test(value);
}

/** What stands in an object or a list: names count too. */
function inside(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  if (typeof value !== 'object' || value === null) return [];
  return [...Object.keys(value), ...Object.values(value as Record<string, unknown>)];
}

function refuse(field: string, what: string): never {
  return fail('BAD_USER_INPUT', { field, why: `The variables ${what}. Send less at once.` });
}

function refuseText(field: string): never {
  const why = `A text in "${field}" holds a character that is none: U+0000, or half of a surrogate pair. Leave it out.`;
  return fail('BAD_USER_INPUT', { field, why });
}
