import { expect, test } from 'vitest';
import type { RequestChanges } from '../../src/providers/dialect.js';
import { rewriteRequest } from '../../src/providers/rewrite-request.js';

const none: RequestChanges = { add: {}, rename: {}, remove: [], body: 'form' };
const form = () => new URLSearchParams({ client_id: 'c', client_secret: 's', code: 'x y' });
const headers = { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' };
const write = (changes: Partial<RequestChanges>, values?: Record<string, string>) =>
  rewriteRequest({ ...none, ...changes }, { headers, form: form() }, values);

test('without changes the same parameters go out', () => {
  expect(write({})).toEqual({
    query: null,
    headers: { Accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: 'client_id=c&client_secret=s&code=x+y',
  });
});

test('parameters are removed, renamed and added, in this order', () => {
  const changes = {
    remove: ['client_secret'],
    rename: { client_id: 'client_key', code: 'auth_code' },
    add: { action: 'a' },
  };
  expect(write(changes).body).toBe('client_key=c&auth_code=x+y&action=a');
  expect(write({ rename: { client_id: 'client_secret' }, remove: ['client_secret'] }).body).toBe(
    'client_secret=c&code=x+y',
  );
});

test('what is added stands over what was there, and what belongs to the request over both', () => {
  expect(write({ add: { code: 'added' } }).body).toContain('code=added');
  expect(write({ add: { code: 'added' } }, { code: 'own', nonce: 'n' }).body).toBe(
    'client_id=c&client_secret=s&code=own&nonce=n',
  );
});

test('a JSON body holds the same, and says what it is', () => {
  const written = write({ body: 'json' });
  expect(JSON.parse(written.body ?? '')).toEqual({ client_id: 'c', client_secret: 's', code: 'x y' });
  expect(written.headers['content-type']).toBe('application/json');
  expect(Object.keys(written.headers)).toHaveLength(2);
});

test('where the provider wants it so, all of it stands behind the address, and there is no body', () => {
  const written = write({ body: 'query' });
  expect(written.query?.toString()).toBe('client_id=c&client_secret=s&code=x+y');
  expect(written).toMatchObject({ body: null, headers: { Accept: 'application/json' } });
  expect(Object.keys(written.headers)).toHaveLength(1);
});

test('a name from Object.prototype is a name like any other', () => {
  const odd = new URLSearchParams({ constructor: '1', toString: '2' });
  expect(rewriteRequest(none, { headers: {}, form: odd }).body).toBe('constructor=1&toString=2');
});
