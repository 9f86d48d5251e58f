import { expect, test } from 'vitest';
import { StartFault } from '../../src/config/start-fault.js';
import { explainOpenFault } from '../../src/database/open-fault.js';
import { WriteAheadLogRefused } from '../../src/database/sqlite.js';

const file = '/data/latchkey.db';

test.each([
  ['SQLITE_BUSY', 'end it'],
  ['SQLITE_NOTADB', 'move it away'],
  ['SQLITE_CORRUPT', 'backup'],
  ['SQLITE_FULL', 'make room'],
  ['SQLITE_READONLY', 'the right to write'],
  ['SQLITE_CANTOPEN', 'the right to write'],
  ['EACCES', 'the right to write'],
  ['EROFS', 'another folder'],
])('%s comes out as one sentence with the mend', (code, mend) => {
  const fault = explainOpenFault(Object.assign(new Error('raw'), { code }), file);
  expect(fault).toBeInstanceOf(StartFault);
  expect((fault as StartFault).message).toMatch(/^The [^\n]+ [^\n]*\.$/);
  expect((fault as StartFault).message).toContain(mend);
  expect((fault as StartFault).message).toContain('/data');
});

test('a file system without a write-ahead log comes out as one sentence with the mend', () => {
  expect(explainOpenFault(new WriteAheadLogRefused(), file)).toMatchObject({ message: /local disk\.$/ });
});

test('a fault that no operator can mend stays as it is', () => {
  const fault = new TypeError('of the code');
  expect(explainOpenFault(fault, file)).toBe(fault);
});
