import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/outbound/strict-json.js';
import { mapMe } from '../../src/profile/map-me.js';
import { Secret } from '../../src/secret.js';

const map = { externalId: 'id', name: 'name || login', email: 'emails[?primary].address | [0]', avatarUrl: 'picture' };
const none = { externalId: null, name: null, email: null, avatarUrl: null };
const read = (content: JsonObject, given = {}) =>
  mapMe(content, { map, secrets: [Secret.of('planted-access-token')], subject: 'known', ...given });

test('each field is looked up by its expression', () => {
  const emails = [{ address: 'b@example.com' }, { address: 'a@example.com', primary: true }];
  expect(read({ id: 'anna', login: 'an', emails, picture: 'https://pictures.example/a.png' })).toMatchObject({
    externalId: 'anna',
    name: 'an',
    email: 'a@example.com',
    avatarUrl: 'https://pictures.example/a.png',
  });
});

test.each([
  ['x', 'x'],
  [7, '7'],
  [2 ** 53, null],
  [1.5, null],
  ['', null],
  [null, null],
  [true, null],
  [{ id: 1 }, null],
])('the id %j is %j', (id, externalId) => {
  expect(read({ id }).externalId).toBe(externalId);
});

test('without an expression for the id the account keeps its own', () => {
  expect(read({ id: 'other' }, { map: none })).toMatchObject({ externalId: 'known', name: null });
});

test('no expression can show a token', () => {
  const content = { id: 'a', token: 'planted-access-token', note: 'Bearer planted-access-token', secret: 'planted' };
  for (const name of ['token', 'note', 'secret', 'to_string(@)']) {
    expect(JSON.stringify(read(content, { map: { ...map, name } }))).not.toContain('planted');
  }
});

test('an avatar is an address on the web or none', () => {
  for (const picture of ['javascript:alert(1)', '/a.png', 7]) expect(read({ id: 'a', picture }).avatarUrl).toBeNull();
});
