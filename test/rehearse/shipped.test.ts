import 'reflect-metadata';
import { expect, test } from 'vitest';
import { shippedIds } from '../../src/providers/shipped-definitions.js';
import { shippedDefinition } from '../../src/rehearse/rehearsed-provider.js';
import { rehearse } from '../../src/rehearse/rehearse.js';
import { silentLog } from '../support/silent-log.js';

/** Where the rehearsal and the gateway do not agree yet. */
const notYet = new Set(['bamboohr', 'facebook', 'gong', 'lightspeed', 'naver', 'zoho']);

test.each(shippedIds().filter((id) => !notYet.has(id)))('%s holds from its own data', async (id) => {
  const { steps } = await rehearse(shippedDefinition(id), { log: silentLog });
  expect(steps.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
});
