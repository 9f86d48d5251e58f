import { expect, it } from 'vitest';
import { createReadIncidents } from '../../src/admin/read-incidents.js';
import { adminCaller, userCaller } from '../support/callers.js';

const page = { edges: [], hasNextPage: false, hasPreviousPage: false };
const read = createReadIncidents({ incidents: { page: async () => page } });
const request = { first: 10, after: null, isOpen: null };

it('incidents are for admins alone', async () => {
  await expect(read(userCaller('anna'), request)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await read(adminCaller('root'), request)).toBe(page);
});
