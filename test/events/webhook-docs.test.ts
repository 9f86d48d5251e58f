/** The lines of docs/events.md that receivers copy. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { signWebhook } from '../../src/events/sign-webhook.js';
import { Secret } from '../../src/secret.js';
import { projectRoot } from '../support/source-tree.js';
import { webhookSecrets } from '../support/webhook-receiver.js';

type IsFromLatchkey = (body: string, headers: Readonly<Record<string, string>>, secret: string) => boolean;

async function readFromDocs(): Promise<IsFromLatchkey> {
  const page = readFileSync(join(projectRoot, 'docs/events.md'), 'utf8');
  const code = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, text = '']) => text);
  const byHand = code.find((text) => text.includes('function isFromLatchkey')) ?? '';
  const module = (await import(
    /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(`${byHand}\nexport { isFromLatchkey };`)}`
  )) as { readonly isFromLatchkey: IsFromLatchkey };
  return module.isFromLatchkey;
}

test('the lines that check a signature by hand take ours under either key, and nothing that was changed or is old', async () => {
  const isFromLatchkey = await readFromDocs();
  const [own, previous, other] = webhookSecrets;
  const keys = [own, previous].map((secret) => Secret.of(secret.slice('whsec_'.length)));
  const headersAt = async (timestamp: number) => ({
    'webhook-id': 'ace_1',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': await signWebhook(keys, { id: 'ace_1', timestamp, body: '{"a":"ä"}' }),
  });
  const headers = await headersAt(Math.floor(Date.now() / 1000));
  expect(isFromLatchkey('{"a":"ä"}', headers, own)).toBe(true);
  expect(isFromLatchkey('{"a":"ä"}', headers, previous)).toBe(true);
  expect(isFromLatchkey('{"a":"ä"}', headers, other)).toBe(false);
  expect(isFromLatchkey('{"a":"b"}', headers, own)).toBe(false);
  expect(isFromLatchkey('{"a":"ä"}', { ...headers, 'webhook-id': 'ace_2' }, own)).toBe(false);
  expect(isFromLatchkey('{"a":"ä"}', await headersAt(Math.floor(Date.now() / 1000) - 600), own)).toBe(false);
  expect(isFromLatchkey('{"a":"ä"}', { ...headers, 'webhook-timestamp': 'now' }, own)).toBe(false);
});
