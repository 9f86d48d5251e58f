/** Turns JMESPath expressions round: at the place that one names, a new value is put. Pure; called by fit-json.ts. What it
 *  makes is a proposal: only the expression itself says whether it finds what was put. */
import type { JsonObject, JsonValue } from '../outbound/strict-json.js';
import type { ExpressionTree } from './expression-tree.js';

/** An expression that cannot be turned round. */
export class CannotFit extends Error {
  override readonly name = 'CannotFit';
}

export type Place = JsonValue | undefined;
/** Undefined removes what stands there. */
type Put = (old: Place) => Place;

export function change(tree: ExpressionTree, at: Place, put: Put): Place {
  const [first, second] = tree.children;
  switch (tree.type) {
    case 'Field':
      return changeField(tree.name, at, put);
    case 'Identity':
    case 'Current':
      return put(at);
    case 'Subexpression':
    case 'Pipe':
      return change(need(first), at, (inner) => change(need(second), inner, put));
    case 'IndexExpression':
      return change(need(first), at, (inner) => change(need(second), inner, put));
    case 'Index':
      return changeItem(Number(tree.value), at, put);
    case 'Slice':
      return put(at);
    case 'OrExpression':
      return changeEither(need(first), need(second), { at, put });
    case 'AndExpression':
      return makeTruth(need(first), change(need(second), at, put), true);
    case 'Flatten':
      return change(need(first), at, put);
    case 'Projection':
    case 'FilterProjection':
    case 'ValueProjection':
      return changeEach(tree, at, put);
    case 'MultiSelectList':
      return changeAll(tree.children, at, put);
    case 'Function':
      return changeArgument(tree, at, put);
    case 'Literal':
      if (JSON.stringify(put(tree.value)) === JSON.stringify(tree.value)) return at;
      throw new CannotFit();
    default:
      throw new CannotFit();
  }
}

function changeField(name: string, at: Place, put: Put): Place {
  if (at !== undefined && at !== null && !isObject(at)) throw new CannotFit();
  const object = at ?? {};
  const value = put(Object.hasOwn(object, name) ? object[name] : undefined);
  if (value !== undefined) return { ...object, [name]: value };
  return Object.fromEntries(Object.entries(object).filter(([known]) => known !== name));
}

function changeItem(index: number, at: Place, put: Put): Place {
  if (at !== undefined && !Array.isArray(at)) throw new CannotFit();
  const items = [...(at ?? [])];
  const position = index < 0 ? Math.max(items.length, -index) + index : index;
  const value = put(items[position]) ?? null;
  while (items.length <= position || items.length < -index) items.push({});
  items[position] = value;
  return items;
}

interface Changed {
  readonly at: Place;
  readonly put: Put;
}

function changeEither(first: ExpressionTree, second: ExpressionTree, { at, put }: Changed): Place {
  try {
    return change(first, at, put);
  } catch (error) {
    if (!(error instanceof CannotFit)) throw error;
    return change(second, at, put);
  }
}

/** Of a list: one element for each value that is wanted of it. */
function changeEach({ type, children }: ExpressionTree, at: Place, put: Put): Place {
  const [list, each, condition] = children;
  return change(need(list), at, (old) => {
    const olds = Array.isArray(old) ? old : isObject(old) ? Object.values(old) : [];
    const wanted = put(olds.length === 0 ? undefined : olds.map((one) => look(need(each), one)));
    const values = Array.isArray(wanted) ? wanted : [wanted];
    const items = values.map((value, index) => {
      const item = change(need(each), olds[index], () => value);
      return (condition ? makeTruth(condition, item, true) : item) ?? null;
    });
    if (type !== 'ValueProjection') return items;
    return Object.fromEntries(items.map((item, index) => [`member${index}`, item]));
  });
}

/** What stands at a place. */
function look(tree: ExpressionTree, at: Place): JsonValue {
  let found: Place;
  change(tree, at, (old) => (found = old));
  return found ?? null;
}

function changeAll(children: readonly ExpressionTree[], at: Place, put: Put): Place {
  const wanted = put(undefined);
  const values = Array.isArray(wanted) ? wanted : [wanted];
  return children.reduce<Place>((now, child, index) => {
    const value = values[index] ?? `${textOf(values[0])}-${index}`;
    return change(child, now, (old) => (typeof old === 'string' || typeof old === 'number' ? old : value));
  }, at);
}

function changeArgument({ name, children }: ExpressionTree, at: Place, put: Put): Place {
  const [first, second] = children;
  switch (name) {
    case 'to_string':
    case 'not_null':
    case 'to_array':
    case 'sort':
    case 'reverse':
      return change(need(first), at, put);
    case 'to_number':
      return change(need(first), at, () => textOf(put(undefined)));
    case 'join':
      return changeJoined(textOf(first?.value ?? ''), need(second), { at, put });
    case 'keys':
      return change(need(first), at, (old) => (isObject(old) ? old : fromKeys(put(undefined))));
    case 'values':
      return change(need(first), at, (old) => {
        const values = put(isObject(old) ? Object.values(old) : undefined);
        return Array.isArray(values)
          ? Object.fromEntries(values.map((value, index) => [`member${index}`, value]))
          : undefined;
      });
    default:
      throw new CannotFit();
  }
}

/** Parts that are constants are taken out of the text; what is left goes to the other parts, the last of which gets the rest. */
function changeJoined(glue: string, list: ExpressionTree, { at, put }: Changed): Place {
  const text = textOf(put(undefined));
  const words = glue === '' ? [text] : text.split(glue);
  if (list.type !== 'MultiSelectList') return change(list, at, () => words);
  const literals = list.children.filter(({ type }) => type === 'Literal');
  const constants = new Set(literals.map(({ value }) => textOf(value)));
  const others = list.children.filter(({ type }) => type !== 'Literal');
  const left = words.filter((word) => !constants.has(word));
  const most = others.length - 1;
  const values = left.length > most ? [...left.slice(0, most), left.slice(most).join(glue)] : left;
  return changeAll(others, at, () => values);
}

function fromKeys(keys: Place): JsonObject {
  return Object.fromEntries((Array.isArray(keys) ? keys : [keys]).map((key) => [textOf(key), {}]));
}

export function makeTruth(tree: ExpressionTree, at: Place, truth: boolean): Place {
  const [first, second] = tree.children;
  switch (tree.type) {
    case 'NotExpression':
      return makeTruth(need(first), at, !truth);
    case 'Comparator':
      return makeComparison(tree, at, truth);
    case 'AndExpression':
      return truth
        ? makeTruth(need(second), makeTruth(need(first), at, true), true)
        : makeTruth(need(first), at, false);
    case 'OrExpression':
      return truth
        ? makeTruth(need(first), at, true)
        : makeTruth(need(second), makeTruth(need(first), at, false), false);
    case 'Function':
      return makeFunction(tree, at, truth);
    default:
      if (truth) return change(tree, at, (old) => (isTrue(old) ? old : true));
      return change(tree, at, (old) => (isTrue(old) ? undefined : old));
  }
}

function makeFunction(tree: ExpressionTree, at: Place, truth: boolean): Place {
  const [first, second] = tree.children;
  const literal = second?.type === 'Literal' ? second.value : undefined;
  if (!['contains', 'starts_with', 'ends_with'].includes(tree.name) || literal === undefined) {
    throw new CannotFit();
  }
  if (!truth) return change(need(first), at, () => '');
  return change(need(first), at, () => literal);
}

function makeComparison({ name, children }: ExpressionTree, at: Place, truth: boolean): Place {
  const [first, second] = children.map(need);
  const [place, literal] = isConstant(second) ? [first, constantOf(second)] : [second, constantOf(first)];
  if (place === undefined || literal === undefined) throw new CannotFit();
  const isEqual = name === 'EQ' ? truth : name === 'NE' ? !truth : null;
  if (isEqual !== null) return change(place, at, (old) => (isEqual ? equalTo(literal) : otherThan(literal, old)));
  if (typeof literal !== 'number') throw new CannotFit();
  const isPlaceFirst = isConstant(second);
  const isMore = name === 'GT' || name === 'GTE';
  return change(place, at, () => ((isMore === isPlaceFirst) === truth ? literal + 1 : literal - 1));
}

/** A name that looks like a constant finds nothing, as people mean it. */
const NOTHING: ReadonlySet<string> = new Set(['null', 'undefined']);

function isConstant(tree: ExpressionTree | undefined): boolean {
  return tree?.type === 'Literal' || (tree?.type === 'Field' && NOTHING.has(tree.name));
}

function constantOf(tree: ExpressionTree | undefined): JsonValue | undefined {
  if (tree?.type === 'Literal') return tree.value;
  return isConstant(tree) ? null : undefined;
}

function equalTo(literal: JsonValue): Place {
  return literal === null ? undefined : literal;
}

function otherThan(literal: JsonValue, old: Place): Place {
  if (old !== undefined && old !== literal) return old;
  if (typeof literal === 'number') return literal + 1;
  if (typeof literal === 'boolean') return !literal;
  return literal === null ? 'something' : `not-${JSON.stringify(literal)}`;
}

/** As JMESPath counts. */
function isTrue(value: Place): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function textOf(value: Place): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function need(tree: ExpressionTree | undefined): ExpressionTree {
  if (tree === undefined) throw new CannotFit();
  return tree;
}

function isObject(value: Place): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
