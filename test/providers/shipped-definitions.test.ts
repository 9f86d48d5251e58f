import { expect, test } from 'vitest';
import type { Provider } from '../../src/providers/provider.js';
import { readShippedDefinition, shippedIds } from '../../src/providers/shipped-definitions.js';
import { shippedDefinition } from '../support/shipped-definition.js';

/** One at a time: `npx vitest run test/providers/shipped-definitions.test.ts --project sqlite -t hubspot`. */
const extendedBy = (id: string, more = ''): Provider => shippedDefinition(id, { id: 'mine', more });

test.each(shippedIds())('the definition %s is whole with a client id and a secret', (id) => {
  const provider = extendedBy(id);
  expect(provider.client.id).toBe('registered-here');
  expect(provider.refreshPolicy.reason).toMatch(/\.$/);
  expect(provider.refreshPolicy.source).toMatch(/^https:/);
  expect(provider.documentationUrl).toMatch(/^https:/);
});

test.each(shippedIds())('every fact of %s has a source and the day it was checked', (id) => {
  expect(readShippedDefinition(id)).toMatch(/^facts:|^extends:/m);
});

test.each(shippedIds())('every limit of %s says where it is written', (id) => {
  for (const { source } of extendedBy(id).rateLimits) expect(source).toMatch(/^https:/);
});

test('a key of the operator’s file stands over the definition’s, whole, but for the policy', () => {
  const own = 'name: Our CRM\nscopes: [oauth, crm.objects.contacts.read]\n';
  expect(extendedBy('hubspot', own)).toMatchObject({
    name: 'Our CRM',
    defaultScopes: ['oauth', 'crm.objects.contacts.read'],
    endpoints: { token: 'https://api.hubapi.com/oauth/2026-03/token' },
  });
});

test('the policy is joined part by part, and another mode drops the reason that was one for the first', () => {
  const shipped = extendedBy('hubspot').refreshPolicy;
  const earlier = extendedBy('hubspot', 'refreshPolicy: { leadSeconds: 300 }\n').refreshPolicy;
  expect(earlier).toEqual({ ...shipped, leadSeconds: 300 });
  const scheduled = extendedBy('hubspot', 'refreshPolicy: { mode: scheduled }\n').refreshPolicy;
  expect(scheduled).toEqual({ ...shipped, mode: 'SCHEDULED', reason: null, source: null });
});

test('the client id fills its place in an address, encoded', () => {
  expect(extendedBy('github').endpoints.revoke).toBe('https://api.github.com/applications/registered-here/token');
  expect(extendedBy('github', '').endpoints).not.toHaveProperty('issuer');
});

test('a definition that is not shipped cannot be extended, whatever it is called', () => {
  for (const id of ['nobody', '../hubspot', 'hubspot.yaml']) {
    expect(() => shippedDefinition(id, { id: 'mine' })).toThrow('extends is not a definition that is shipped');
  }
});
