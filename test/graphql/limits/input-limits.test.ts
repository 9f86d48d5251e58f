import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { Fault } from '../../../src/errors.js';
import { assertVariablesFit, createDocumentTextCheck } from '../../../src/graphql/limits/input-limits.js';

function faultOf(work: () => void): Fault | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

function nestedList(depth: number): unknown {
  return depth === 0 ? 1 : [nestedList(depth - 1)];
}

test('variables hold at most a thousand values and ten levels', () => {
  expect(faultOf(() => assertVariablesFit({ ids: Array(998).fill('x') }))).toBeNull(); // with the list and its name
  expect(faultOf(() => assertVariablesFit({ deep: nestedList(10) }))).toBeNull();
  const many = faultOf(() => assertVariablesFit({ ids: Array(999).fill('x') }));
  expect(many).toMatchObject({ code: 'BAD_USER_INPUT', facts: { field: 'ids' } });
  expect(many?.message).toContain('1000 values');
  expect(faultOf(() => assertVariablesFit({ deep: nestedList(11) }))?.message).toContain('10 levels');
});

test('variables that nest without end are given up early', () => {
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
  expect(faultOf(() => assertVariablesFit({ deep }))).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test.each([
  ['U+0000', 'a\0b'],
  ['half of a surrogate pair', 'a\ud800b'],
  ['the other half', '\udfff'],
])('a text with %s is BAD_USER_INPUT wherever it stands, and is not repeated', (_what, text) => {
  for (const variables of [
    { id: text },
    { input: { list: [{ id: text }] } },
    { input: { [text]: 1 } },
    { [text]: 1 },
  ]) {
    expect(faultOf(() => assertVariablesFit(variables))).toMatchObject({ code: 'BAD_USER_INPUT' });
  }
  const inDocument = createDocumentTextCheck();
  const document = parse('{ me(provider: "\\u0000") { id } }');
  expect(faultOf(() => inDocument(document))).toMatchObject({ facts: { field: 'query' } });
  expect(faultOf(() => inDocument(document))).not.toBeNull(); // remembered as it was
});

test('every text of people passes, whole surrogate pairs too', () => {
  expect(faultOf(() => assertVariablesFit({ name: 'Zoë 🔑 漢字 \u200d\n\t' }))).toBeNull();
  expect(faultOf(() => createDocumentTextCheck()(parse('{ me(provider: "🔑") { id } }')))).toBeNull();
});
