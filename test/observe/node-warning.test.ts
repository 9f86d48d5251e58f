import { expect, test } from 'vitest';
import { nodeWarning } from '../../src/observe/node-warning.js';

test.each(['v20.20.2', 'v21.7.3', 'v22.23.3', 'v22.9.0', 'v23.11.0', 'v24.21.9', 'v24.22.0', 'v25.1.0', 'v26.12.0'])(
  'Node.js %s is warned of',
  (version) => {
    expect(nodeWarning(version)).toContain('CVE-2026-111497');
  },
);

test.each(['v22.23.4', 'v22.24.0', 'v24.22.1', 'v24.30.0', 'v26.12.1', 'v26.13.0', 'v27.0.0'])(
  'Node.js %s is mended',
  (version) => {
    expect(nodeWarning(version)).toBeNull();
  },
);

test('the warning names the release that mends this line, or the line to move to', () => {
  expect(nodeWarning('v24.20.0')).toBe(
    'Node.js 24.20.0 has a Brotli decoder with a known fault (CVE-2026-111497); update to 24.22.1 or later.',
  );
  expect(nodeWarning('20.20.2')).toMatch(/move to Node\.js 24\.$/);
});
