/** Reads a moment that a provider writes into an answer, in the form that its definition names. Pure; called by
 *  standard-answer.ts. Nothing is guessed: a moment in another form is none. */
import type { MomentForm } from './dialect.js';

/** The year 2100: what ends later is as good as endless, and a number beyond it is of another unit. */
const LATEST_MS = Date.UTC(2100, 0, 1);

/** Epoch milliseconds; null for what is no moment in that form. */
export function readMoment(value: unknown, form: MomentForm): number | null {
  const at = form === 'isoDate' ? readIsoDate(value) : readEpoch(value, form === 'epochSeconds' ? 1000 : 1);
  return at !== null && at >= 0 && at <= LATEST_MS ? at : null;
}

/** RFC 3339, a date with a time. Without an offset it is UTC, as servers that leave it out mean it. */
function readIsoDate(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const parts = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:?\d{2})?$/i.exec(value.trim());
  if (!parts) return null;
  const [, date, time, offset = 'Z'] = parts;
  const at = Date.parse(`${date}T${time}${offset.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`);
  return Number.isNaN(at) ? null : at;
}

function readEpoch(value: unknown, unitMs: number): number | null {
  const number = typeof value === 'string' && /^\d{1,16}(\.\d{1,9})?$/.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? Math.floor(number * unitMs) : null;
}
