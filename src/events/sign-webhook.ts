/** The signatures of a post to the webhook: one for each key that stands. Called by post-event.ts.
 *  Standard Webhooks, "Signature scheme": HMAC-SHA256 over id, time and body, joined by dots. */
import type { Secret } from '../secret.js';

export interface PostToSign {
  readonly id: string;
  /** Of this try, in seconds. */
  readonly timestamp: number;
  readonly body: string;
}

/** As the header webhook-signature carries them. `secrets` are base64. */
export async function signWebhook(secrets: readonly Secret[], { id, timestamp, body }: PostToSign): Promise<string> {
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  const signatures = await Promise.all(secrets.map((secret) => signWith(secret, content)));
  return signatures.map((signature) => `v1,${signature}`).join(' ');
}

async function signWith(secret: Secret, content: Buffer<ArrayBuffer>): Promise<string> {
  const key = Buffer.from(secret.expose(), 'base64');
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return Buffer.from(await crypto.subtle.sign('HMAC', imported, content)).toString('base64');
}
