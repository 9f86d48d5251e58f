/** An answer as it came over the wire, before anybody read it, and as text that can be kept. Pure; called by oauth/, which
 *  hands such an answer on before it reads it, and by vault/journal.ts. Must never be logged or kept unsealed: it holds
 *  tokens. */
import type { OutboundAnswer } from './outbound.js';

export interface RawAnswer {
  readonly answer: OutboundAnswer;
  /** When the request was sent, epoch milliseconds. */
  readonly sentAt: number;
}

/** What an answer is read by, beside its status and its body. */
const KEPT_HEADERS = ['content-type', 'date', 'retry-after'] as const;

export function encodeRawAnswer({ answer, sentAt }: RawAnswer): string {
  const headers = Object.fromEntries(KEPT_HEADERS.map((name) => [name, answer.headers[name]]));
  const body = Buffer.from(answer.body).toString('base64');
  return JSON.stringify({ status: answer.status, headers, body, sentAt });
}

/** Of a text that encodeRawAnswer wrote; whoever keeps it proves that. */
export function decodeRawAnswer(text: string): RawAnswer {
  const { status, headers, body, sentAt } = JSON.parse(text) as OutboundAnswer & { body: string; sentAt: number };
  return { answer: { status, headers, body: new Uint8Array(Buffer.from(body, 'base64')) }, sentAt };
}
