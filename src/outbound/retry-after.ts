/** Reads Retry-After (RFC 9110 §10.2.3): seconds, or a date. Called wherever a provider's 429 or 5xx is sorted.
 *  Whole seconds, rounded up, at most a day; null where the header is missing or makes no sense. A date is one of the
 *  provider's clock, and is counted from what that clock said when it answered (Date), where it did. */
import { singleHeader } from './headers.js';
import type { OutboundAnswer } from './outbound.js';

const MAX_SECONDS = 24 * 60 * 60;
/** Clocks are minutes apart; a Date further off is of a cache, or of nobody's clock. */
const BELIEVED_SKEW_MS = 60 * 60 * 1000;
const SECONDS = /^\d{1,15}$/;
const HTTP_DATE = /^[A-Za-z]{3}, \d{2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

export function readRetryAfterSeconds(answer: Pick<OutboundAnswer, 'headers'>, now: number): number | null {
  const text = singleHeader(answer.headers, 'retry-after')?.trim() ?? '';
  if (SECONDS.test(text)) return Math.min(Number(text), MAX_SECONDS);
  const at = readDate(text);
  if (at === null) return null;
  const theirNow = readDate(singleHeader(answer.headers, 'date')?.trim() ?? '') ?? now;
  const answeredAt = Math.abs(theirNow - now) > BELIEVED_SKEW_MS ? now : theirNow;
  return Math.min(Math.max(Math.ceil((at - answeredAt) / 1000), 0), MAX_SECONDS);
}

/** Epoch milliseconds; null for what is no date of HTTP. */
function readDate(text: string): number | null {
  const at = HTTP_DATE.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : at;
}
