/** A receiver of webhooks as an app would build one: it checks each post with the library of Standard Webhooks and answers
 *  what the test says. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { vi } from 'vitest';

export interface ReceivedPost {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Until when the answer is held back. */
  readonly after?: Promise<void>;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly posts: readonly ReceivedPost[];
  /** Answers every post from now on; 204 before. */
  answerWith(answer: ReceiverAnswer | ((post: ReceivedPost) => ReceiverAnswer)): void;
  close(): Promise<void>;
}

export const webhookSecrets = [11, 22, 33].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`) as [
  string,
  string,
  string,
];

/** The payload, as a receiver takes it whose clock says `now`. Throws where the signature is not of this secret, or old. */
export function verified(
  { body, headers }: ReceivedPost,
  { secret = webhookSecrets[0], now = Date.now() }: { readonly secret?: string; readonly now?: number } = {},
): Record<string, unknown> {
  const clock = vi.spyOn(Date, 'now').mockReturnValue(now);
  try {
    return new Webhook(secret).verify(body, headers as Record<string, string>) as Record<string, unknown>;
  } finally {
    clock.mockRestore();
  }
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const posts: ReceivedPost[] = [];
  let answer: (post: ReceivedPost) => ReceiverAnswer = () => ({ status: 204 });
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const post = { id: String(request.headers['webhook-id']), headers: request.headers, body };
    posts.push(post);
    const given = answer(post);
    await given.after;
    response.writeHead(given.status, given.headers).end(given.body);
  };
  const server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook?for=latchkey`,
    posts,
    answerWith: (given) => void (answer = typeof given === 'function' ? given : () => given),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
