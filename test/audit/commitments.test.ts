/** What auditors compute by themselves: these values were made with sha256sum over the texts of docs/audit.md. */
import { expect, test } from 'vitest';
import { beginningOf, commitTo, contentOf, linkAfter } from '../../src/audit/commitments.js';

const row = {
  id: 'evt_1',
  at: 1767225600000,
  action: 'account.read',
  outcome: 'DONE',
  commitments: ['a', 'b', 'c', 'd', 'e'],
};
const content = '1e9756f086baafdd5bcb3c2f497ff975f85c2a9c4b3d30fc16f34df771c8f432';
const beginning = 'e0ee1ae1c3f4e006a56a914bea615546f6800f758f43c6a43b255462804f8557';

test('a commitment is the hash of the field, the salt and the value, whatever is in it', () => {
  expect(commitTo('reason', 'Ticket "7" — ü', '00ff')).toBe(
    '08695270880abfda3bab0fbe5d3821fad5d1297d222dab721fe436520c1ae333',
  );
});

test('no value is another value than an empty one', () => {
  expect(commitTo('accountId', null, '00ff')).toBe('8bcb431f14c428721510e81225424bbcca3918e10a38eff34f25d12e2df261df');
  expect(commitTo('accountId', '', '00ff')).not.toBe(
    '8bcb431f14c428721510e81225424bbcca3918e10a38eff34f25d12e2df261df',
  );
});

test('one value under another field or another salt is another commitment', () => {
  const one = commitTo('actorId', 'ada', '00ff');
  expect(commitTo('subjectId', 'ada', '00ff')).not.toBe(one);
  expect(commitTo('actorId', 'ada', '00fe')).not.toBe(one);
});

test('a row is linked to the row before it, and the first one to the name of the chain', () => {
  expect(contentOf(row)).toBe(content);
  expect(beginningOf('5b0e0a7e-0000-4000-8000-000000000000')).toBe(beginning);
  expect(linkAfter(beginning, 1, content)).toBe('679d9352074488d464106f345a920fc17fd54391973ed207be9207f47043cd82');
});
