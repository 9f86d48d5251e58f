import { expect, test } from 'vitest';
import { createIdentify, type Person } from '../../src/connect/identify.js';
import type { Provider } from '../../src/providers/provider.js';
import { Secret } from '../../src/secret.js';
import { silentLog } from '../support/silent-log.js';

const provider = { id: 'test' } as Provider;

/** Who it is, by an ID Token's `sub` and a profile. */
function identified(
  subject: string | null,
  profile: { externalId?: string; name?: string; email?: string },
): Promise<Person> {
  const none = { externalId: null, name: null, email: null, avatarUrl: null, raw: {}, providerValues: {} };
  const identify = createIdentify({ profiles: { fetch: async () => ({ ...none, ...profile }) }, log: silentLog });
  const tokens = { expiresAt: null, refreshTokenExpiresAt: null, grantedScopes: null, refreshToken: null };
  return identify({ provider, tokens: { ...tokens, accessToken: Secret.of('access'), subject } });
}

test('a name of nothing to see gives way to the e-mail address', async () => {
  const person = await identified('anna', { name: '\u202e \n', email: 'anna@example.com' });
  expect(person).toEqual({ externalId: 'anna', displayName: 'anna@example.com', providerValues: {} });
});

test('an id of 255 characters is taken as it is', async () => {
  expect((await identified('s'.repeat(255), {})).externalId).toBe('s'.repeat(255));
});

test.each([
  ['longer than 255 characters', 's'.repeat(256)],
  ['with a U+0000, which a database does not store', 'an\0na'],
  ['with half a character, which databases store as another', 'anna\ud800'],
  ['with a control character', 'anna\u001b[2J'],
])('an id %s is refused, be it of the ID Token or of the profile', async (_, id) => {
  const refused = { code: 'PROVIDER_MISCONFIGURED', facts: { provider: 'test' } };
  await expect(identified(id, {})).rejects.toMatchObject(refused);
  await expect(identified(null, { externalId: id })).rejects.toMatchObject(refused);
});
