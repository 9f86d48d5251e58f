/** Makes a JSON document in which expressions (JMESPath) find what they are meant to find: the answers of a provider, from
 *  the expressions of its definition alone. Pure; called by whoever writes answers in this room.
 *  What comes out is asked again with the expressions themselves, so a document that does not do is never handed out as one
 *  that does. */
import type { JsonObject, JsonValue } from '../outbound/strict-json.js';
import { queryJson } from '../providers/query-json.js';
import { expressionTree } from './expression-tree.js';
import { CannotFit, change, makeTruth, type Place } from './json-lens.js';

export interface Wish {
  readonly expression: string;
  /** What is put there, unless what stands there is accepted. */
  readonly propose: JsonValue;
  accepts(found: JsonValue): boolean;
}

export interface Fitted {
  readonly document: JsonValue;
  /** Expressions for which no document could be made. */
  readonly unmet: readonly string[];
}

export const exactly = (expression: string, value: JsonValue): Wish => ({
  expression,
  propose: value,
  accepts: (found) => JSON.stringify(found) === JSON.stringify(value),
});

/** Any text, or number in the place of one; `text` where nothing stands there. */
export const someText = (expression: string, text: string): Wish => ({
  expression,
  propose: text,
  accepts: (found) => (typeof found === 'string' && found.trim() !== '') || typeof found === 'number',
});

/** This text, or the number that it is written as. */
export const sameText = (expression: string, text: string): Wish => ({
  expression,
  propose: text,
  accepts: (found) => found === text || (typeof found === 'number' && String(found) === text),
});

/** These words in any order, with the separator between them. */
export const sameWords = (expression: string, words: readonly string[], separator: string): Wish => ({
  expression,
  propose: words.join(separator),
  accepts: (found) =>
    typeof found === 'string' && found.split(separator).toSorted().join('\n') === words.toSorted().join('\n'),
});

export const holds = (expression: string, truth: boolean): Wish => ({
  expression,
  propose: truth,
  // A test counts where it gives true itself, and fails where it gives anything else.
  accepts: (found) => (found === true) === truth,
});

/** In the order of the wishes; a later one keeps what an earlier one put where it can. */
export function fitJson(wishes: readonly Wish[], start?: JsonValue): Fitted {
  let document: Place = start;
  for (const wish of wishes) document = fulfil(wish, document);
  const whole = document ?? {};
  const unmet = wishes.filter((wish) => !isMet(wish, whole));
  return { document: whole, unmet: [...new Set(unmet.map(({ expression }) => expression))] };
}

function fulfil(wish: Wish, document: Place): Place {
  // What an expression finds in nothing is nothing that was put there.
  if (document !== undefined && isMet(wish, document) && !isMet(wish, {})) return document;
  try {
    const tree = expressionTree(wish.expression);
    if (typeof wish.propose === 'boolean') return makeTruth(tree, document, wish.propose) ?? document;
    return change(tree, document, (old) => (old !== undefined && wish.accepts(old) ? old : wish.propose)) ?? document;
  } catch (error) {
    if (error instanceof CannotFit) return document; // told as unmet
    throw error;
  }
}

function isMet({ expression, accepts }: Wish, document: JsonValue): boolean {
  return accepts(queryJson(expression, document as JsonObject)); // an array is looked into as well
}
