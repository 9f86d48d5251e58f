/** Reads a provider's answer by its dialect: the content of a success, or what a refusal means. Pure; called by
 *  standard-answer.ts and by profile/. HTTP's own word stands: a 429 or a 5xx is never read as anything else, so an error
 *  503 inside an answer and a real 503 stay two things. Of a refusal only its class leaves here, no text of it. */
import { singleHeader } from '../outbound/headers.js';
import type { OutboundAnswer } from '../outbound/outbound.js';
import { readJsonList, readJsonObject, type JsonObject, type JsonValue } from '../outbound/strict-json.js';
import type { AnswerDialect, Call, ErrorRule, FailureClass } from './dialect.js';
import { queryJson, queryText } from './query-json.js';

export type ReadAnswer =
  | { readonly kind: 'content'; readonly content: JsonObject }
  /** Of `me` alone, where some providers answer with a list of the places that the user let us into. */
  | { readonly kind: 'list'; readonly content: JsonValue[] }
  | { readonly kind: 'refusal'; readonly means: FailureClass; readonly retryAfterSeconds: number | null }
  /** The dialect says nothing about it: the specification does. */
  | { readonly kind: 'asItCame' }
  /** A 2xx that is neither a success nor a known refusal. */
  | { readonly kind: 'unreadable' };

export function readAnswer(dialect: AnswerDialect, call: Call, answer: OutboundAnswer): ReadAnswer {
  const { status } = answer;
  const isGood = status >= 200 && status <= 299;
  if (!isGood && (status < 400 || status === 429 || status >= 500)) return { kind: 'asItCame' };
  const whole = readWhole(dialect, answer);
  if (isGood && whole === null && call === 'me') return listOf(readJsonList(answer.body));
  if (isGood && whole === null) return { kind: 'asItCame' };
  if (isGood && isSuccess(dialect, whole ?? {})) return contentOf(dialect, call, whole ?? {});

  const refusal = sortRefusal(dialect, { call, status, whole: whole ?? {} });
  if (refusal) return refusal;
  return sortUnknown(dialect, { call, status, whole: whole ?? {} });
}

/** A refusal that nobody has told us of: the provider's own fault until somebody does, or of what we ask where the status
 *  says so. */
function sortUnknown(dialect: AnswerDialect, { call, status, whole }: Refused): ReadAnswer {
  const code = firstText(dialect.error, whole);
  const isGood = status < 300;
  if (isGood && code === null) return { kind: 'unreadable' };
  if (isGood) return { kind: 'refusal', means: 'retryLater', retryAfterSeconds: waitOf(dialect, whole) };
  if (call === 'me' || code === null || code === whole['error']) return { kind: 'asItCame' };
  return { kind: 'refusal', means: 'request', retryAfterSeconds: null };
}

function readWhole({ format }: AnswerDialect, answer: OutboundAnswer): JsonObject | null {
  const type = singleHeader(answer.headers, 'content-type')?.toLowerCase() ?? '';
  const isForm = format === 'form' || (format === 'contentType' && type.includes('x-www-form-urlencoded'));
  return isForm ? readForm(answer.body) : readJsonObject(answer.body);
}

/** Names and values; a name that stands twice makes it no answer, as in strict JSON. */
function readForm(bytes: Uint8Array): JsonObject | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const pairs = [...new URLSearchParams(text)];
    const names = new Set(pairs.map(([name]) => name));
    return pairs.length === 0 || names.size !== pairs.length ? null : Object.fromEntries(pairs);
  } catch {
    return null;
  }
}

function isSuccess({ success }: AnswerDialect, whole: JsonObject): boolean {
  return success === null || queryJson(success, whole) === true;
}

function contentOf({ at }: AnswerDialect, call: Call, whole: JsonObject): ReadAnswer {
  const content = at === null ? whole : queryJson(at, whole);
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return { kind: 'content', content };
  // Nothing is asked of the answer to a revocation but that it is a success.
  if (call === 'revoke') return { kind: 'content', content: {} };
  return call === 'me' && Array.isArray(content) ? listOf(content) : { kind: 'unreadable' };
}

function listOf(content: JsonValue[] | null): ReadAnswer {
  return content === null ? { kind: 'asItCame' } : { kind: 'list', content };
}

interface Refused {
  readonly call: Call;
  readonly status: number;
  readonly whole: JsonObject;
}

function sortRefusal(dialect: AnswerDialect, { call, status, whole }: Refused): ReadAnswer | null {
  const code = firstText(dialect.error, whole);
  const texts = dialect.errorText.flatMap((expression) => queryText(expression, whole) ?? []).join('\n');
  const rule = dialect.errors.find(
    (one) =>
      (one.calls.length === 0 || one.calls.includes(call)) &&
      (one.http === null || one.http === status) &&
      (one.codes.length === 0 || (code !== null && one.codes.some((known) => fits(known, code)))) &&
      fitsText(one, texts),
  );
  return rule ? { kind: 'refusal', means: rule.means, retryAfterSeconds: waitOf(dialect, whole) } : null;
}

function firstText(expressions: readonly string[], whole: JsonObject): string | null {
  for (const expression of expressions) {
    const found = queryText(expression, whole);
    if (found !== null) return found;
  }
  return null;
}

/** A code, or a range of numbers. */
function fits(known: string, code: string): boolean {
  const range = /^(\d{1,9})-(\d{1,9})$/.exec(known);
  if (!range) return known === code;
  const number = /^\d{1,9}$/.test(code) ? Number(code) : NaN;
  return number >= Number(range[1]) && number <= Number(range[2]);
}

function fitsText({ text }: ErrorRule, texts: string): boolean {
  return text === null || new RegExp(text, 'iu').test(texts.slice(0, MAX_TEXT));
}

const MAX_TEXT = 2_000;
const MAX_WAIT_SECONDS = 24 * 60 * 60;

function waitOf({ retryAfter }: AnswerDialect, whole: JsonObject): number | null {
  const found = retryAfter === null ? null : queryJson(retryAfter, whole);
  const seconds = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return null;
  return Math.min(Math.ceil(seconds), MAX_WAIT_SECONDS);
}
