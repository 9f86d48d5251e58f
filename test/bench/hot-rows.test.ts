/** Adding up a CPU profile, by one that is small enough to count by hand. */
import { expect, test } from 'vitest';
import { hottest, partOf, placeOf, type CpuProfile } from '../../bench/hot-rows.js';

const profile: CpuProfile = {
  nodes: [
    node(1, '(idle)', ''),
    node(2, 'query', 'file:///app/node_modules/typeorm/driver/Runner.js'),
    node(3, 'send', 'file:///app/dist/src/outbound/create-outbound.js'),
    node(4, 'helmet', 'file:///app/node_modules/@fastify/helmet/index.js'),
  ],
  samples: [1, 2, 3, 3, 4],
  timeDeltas: [900, 50, 10, 30, 10],
};

test('waiting counts for nothing, and the shares of the rest are whole', () => {
  const rows = hottest(profile, partOf);
  expect(rows).toEqual([
    { name: 'typeorm', share: 0.5 },
    { name: 'latchkey outbound', share: 0.4 },
    { name: '@fastify/helmet', share: 0.1 },
  ]);
});

test('a function is told with the file and line where it stands', () => {
  expect(hottest(profile, placeOf).map(({ name }) => name)).toContain('send src/outbound/create-outbound.js:8');
});

function node(id: number, functionName: string, url: string): CpuProfile['nodes'][number] {
  return { id, callFrame: { functionName, url, lineNumber: 7 } };
}
