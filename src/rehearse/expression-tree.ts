/** The parts of a JMESPath expression, as the library reads it. Called by fit-json.ts, which turns expressions round. */
import * as jmespath from 'jmespath';
import type { JsonValue } from '../outbound/strict-json.js';

declare module 'jmespath' {
  /** Missing in the package's types. */
  export function compile(expression: string): unknown;
}

export interface ExpressionTree {
  readonly type: string;
  /** Of a field, a function or a comparison; else empty. */
  readonly name: string;
  /** Of a literal or an index; else null. */
  readonly value: JsonValue;
  readonly children: readonly ExpressionTree[];
}

/** Throws for what is no expression; a definition that was read has none such. */
export function expressionTree(expression: string): ExpressionTree {
  return read(jmespath.compile(expression));
}

function read(node: unknown): ExpressionTree {
  // What the library's parser gives; what a kind of node has not is left empty.
  const { type, name, value, children } = node as Partial<Record<'type' | 'name' | 'value' | 'children', unknown>>;
  return {
    type: String(type),
    name: typeof name === 'string' ? name : '',
    value: (value ?? null) as JsonValue,
    children: Array.isArray(children) && type !== 'Slice' ? children.map(read) : [],
  };
}
