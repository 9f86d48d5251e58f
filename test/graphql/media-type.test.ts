import { expect, test } from 'vitest';
import { chooseMediaType } from '../../src/graphql/media-type.js';

const old = 'application/json';
const current = 'application/graphql-response+json';

test.each([
  [undefined, old],
  ['*/*', old],
  ['application/*', old],
  [old, old],
  [current, current],
  ['APPLICATION/GraphQL-Response+JSON', current],
  [`${current}, ${old}`, current],
  [`${old}, ${current}`, old],
  [`${old};q=0.5, ${current};q=0.6`, current],
  [`${current};q=0, */*`, old],
  [`${current}, */*;q=0.1`, current],
  [`*/*, ${current}`, current],
  ['text/html', null],
  [`${old};q=0`, null],
  [`${old};q=nonsense`, null],
  ['', null],
])('Accept %j is answered as %s', (accept, expected) => {
  expect(chooseMediaType(accept)).toBe(expected);
});
