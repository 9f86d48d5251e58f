/** What was committed is told, whatever becomes of the process that committed it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectUser } from '../support/connected-user.js';
import { freePort } from '../support/free-port.js';
import { prepareGateway, type GatewayPlace } from '../support/gateway-process.js';
import { startWebhookReceiver, verified, webhookSecrets, type WebhookReceiver } from '../support/webhook-receiver.js';

let place: GatewayPlace;
let receiver: WebhookReceiver;

beforeEach(async () => {
  place = await prepareGateway();
  receiver = await startWebhookReceiver();
});
afterEach(async () => {
  await place.close();
  await receiver.close();
});

test('a gateway that is killed between commit and delivery has its event delivered by the next one', async () => {
  const secret = { LATCHKEY_WEBHOOK_SECRET: webhookSecrets[0] };
  const first = await place.start({ ...secret, LATCHKEY_WEBHOOK_URL: `http://127.0.0.1:${await freePort()}/nobody` });
  const token = await place.app.tokenFor('anna');
  const accountId = await connectUser({ app: place.app, oidc: place.oidc, token, login: 'anna' });
  await first.until('webhook.failed'); // before that, the event is taken for a minute
  first.kill('SIGKILL');
  await first.ended;

  await place.start({ ...secret, LATCHKEY_WEBHOOK_URL: receiver.url });
  await vi.waitFor(() => expect(receiver.posts).toHaveLength(1), { timeout: 50_000, interval: 200 });
  const [post] = receiver.posts;
  expect(post && verified(post)).toMatchObject({ type: 'account.connected', data: { accountId, userId: 'anna' } });
});
