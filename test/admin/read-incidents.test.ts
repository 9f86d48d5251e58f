import { expect, it } from 'vitest';
import { createReadIncidents } from '../../src/admin/read-incidents.js';

const page = { edges: [], hasNextPage: false, hasPreviousPage: false };
const read = createReadIncidents({ incidents: { page: async () => page } });
const request = { first: 10, after: null, isOpen: null };

it('incidents are for admins alone', async () => {
  const user = { userId: 'anna', roles: new Set<'admin'>(), expiresAt: 0 };
  await expect(read(user, request)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await read({ ...user, roles: new Set(['admin'] as const) }, request)).toBe(page);
});
