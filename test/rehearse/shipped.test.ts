import 'reflect-metadata';
import { expect, test } from 'vitest';
import { shippedIds } from '../../src/providers/shipped-definitions.js';
import { shippedDefinition } from '../../src/rehearse/rehearsed-provider.js';
import { rehearse } from '../../src/rehearse/rehearse.js';
import { silentLog } from '../support/silent-log.js';

test.each(shippedIds())('%s holds from its own data', async (id) => {
  const { steps } = await rehearse(shippedDefinition(id), { log: silentLog });
  expect(steps.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
});
