/** Reads Retry-After (RFC 9110 §10.2.3): seconds, or a date. Called wherever a provider's 429 or 5xx is sorted.
 *  Whole seconds, rounded up, at most a day; null where the header is missing or makes no sense. */
import { singleHeader } from './headers.js';
import type { OutboundAnswer } from './outbound.js';

const MAX_SECONDS = 24 * 60 * 60;
const SECONDS = /^\d{1,15}$/;
const HTTP_DATE = /^[A-Za-z]{3}, \d{2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

export function readRetryAfterSeconds(answer: OutboundAnswer, now: number): number | null {
  const text = singleHeader(answer.headers, 'retry-after')?.trim() ?? '';
  if (SECONDS.test(text)) return Math.min(Number(text), MAX_SECONDS);
  if (!HTTP_DATE.test(text)) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return null;
  return Math.min(Math.max(Math.ceil((at - now) / 1000), 0), MAX_SECONDS);
}
