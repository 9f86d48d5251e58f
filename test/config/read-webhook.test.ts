import { expect, test } from 'vitest';
import { configOf, faultsOf } from '../support/test-config.js';

const url = 'https://app.example/hook';
const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
const webhookOf = (changes: Record<string, string>) =>
  configOf({ LATCHKEY_WEBHOOK_URL: url, LATCHKEY_WEBHOOK_SECRET: secretOf(32), ...changes }).events.webhook;

test('without a URL there is no webhook, and with one it is told of all but refreshes', () => {
  expect(configOf().events.webhook).toBeNull();
  const webhook = webhookOf({});
  expect(webhook).toMatchObject({ url, network: 'public', secrets: [expect.anything()] });
  expect(webhook?.types.toSorted()).toEqual([
    'CONNECTED',
    'DISCONNECTED',
    'EXPIRING',
    'NEEDS_REAUTHORIZATION',
    'RECOVERED',
  ]);
});

test('the events can be chosen, and two keys stand while one is exchanged', () => {
  const webhook = webhookOf({
    LATCHKEY_WEBHOOK_EVENTS: 'REFRESHED',
    LATCHKEY_WEBHOOK_SECRET_PREVIOUS: secretOf(24),
  });
  expect(webhook?.types).toEqual(['REFRESHED']);
  expect(webhook?.secrets.map((secret) => secret.expose())).toEqual([secretOf(32).slice(6), secretOf(24).slice(6)]);
});

test('the keys may stand in files', () => {
  const files = { '/run/secrets/hook': `${secretOf(64)}\n` };
  const { events } = configOf({ LATCHKEY_WEBHOOK_URL: url, LATCHKEY_WEBHOOK_SECRET_FILE: '/run/secrets/hook' }, files);
  expect(events.webhook?.secrets).toHaveLength(1);
});

test.each([
  ['a URL without a key', { LATCHKEY_WEBHOOK_URL: url }, 'LATCHKEY_WEBHOOK_SECRET'],
  [
    'a URL with the previous key alone',
    { LATCHKEY_WEBHOOK_URL: url, LATCHKEY_WEBHOOK_SECRET_PREVIOUS: secretOf(32) },
    'LATCHKEY_WEBHOOK_SECRET',
  ],
  ['a key without a URL', { LATCHKEY_WEBHOOK_SECRET: secretOf(32) }, 'LATCHKEY_WEBHOOK_URL'],
  [
    'plain http',
    { LATCHKEY_WEBHOOK_URL: 'http://app.example/', LATCHKEY_WEBHOOK_SECRET: secretOf(32) },
    'LATCHKEY_WEBHOOK_URL',
  ],
  [
    'this machine, in production',
    { LATCHKEY_WEBHOOK_URL: 'http://127.0.0.1:3000/', LATCHKEY_WEBHOOK_SECRET: secretOf(32) },
    'LATCHKEY_WEBHOOK_URL',
  ],
  [
    'a password in the URL',
    { LATCHKEY_WEBHOOK_URL: 'https://me:planted@app.example/', LATCHKEY_WEBHOOK_SECRET: secretOf(32) },
    'LATCHKEY_WEBHOOK_URL',
  ],
  [
    'a key that is too short',
    { LATCHKEY_WEBHOOK_URL: url, LATCHKEY_WEBHOOK_SECRET: secretOf(23) },
    'LATCHKEY_WEBHOOK_SECRET',
  ],
  [
    'a key that is too long',
    { LATCHKEY_WEBHOOK_URL: url, LATCHKEY_WEBHOOK_SECRET: secretOf(65) },
    'LATCHKEY_WEBHOOK_SECRET',
  ],
  [
    'a key that is no base64',
    { LATCHKEY_WEBHOOK_URL: url, LATCHKEY_WEBHOOK_SECRET: 'whsec_planted!' },
    'LATCHKEY_WEBHOOK_SECRET',
  ],
  [
    'an event that there is not',
    { LATCHKEY_WEBHOOK_URL: url, LATCHKEY_WEBHOOK_SECRET: secretOf(32), LATCHKEY_WEBHOOK_EVENTS: 'EXPIRED' },
    'LATCHKEY_WEBHOOK_EVENTS[0]',
  ],
])('%s is refused, and the fault says what to do', (_what, changes, path) => {
  const faults = faultsOf(changes);
  expect(faults).toMatchObject([{ path, mend: expect.stringMatching(/\S/) }]);
  expect(JSON.stringify(faults)).not.toMatch(/planted|BwcHBw/);
});
