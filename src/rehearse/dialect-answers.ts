/** Writes answers as a provider's definition says that it answers: where the content lies, what tells a success, which codes
 *  and texts a refusal has. Called by the endpoints of this room. What no answer can be made for is told as a finding. */
import type { JsonValue } from '../outbound/strict-json.js';
import type { AnswerDialect, Call, ErrorRule, FailureClass } from '../providers/dialect.js';
import { exactly, fitJson, holds, sameText, type Wish } from './fit-json.js';
import type { ProviderAnswer, ProviderRequest } from './provider-request.js';
import { sampleText } from './sample-text.js';

export interface DialectAnswers {
  /** A success whose content fulfils the wishes. */
  content(request: ProviderRequest, wishes: readonly Wish[]): ProviderAnswer;
  /** A refusal of that class, by a rule of the definition's own where it has one, else as the specification says. */
  refusal(request: ProviderRequest, call: Call, means: RefusalClass): ProviderAnswer;
}

export type RefusalClass = Extract<FailureClass, 'deadGrant' | 'configuration' | 'accessTokenRefused' | 'request'>;

/** RFC 6749 §5.2, RFC 6750 §3.1. */
const STANDARD: Readonly<Record<RefusalClass, { readonly status: number; readonly error: string }>> = {
  deadGrant: { status: 400, error: 'invalid_grant' },
  configuration: { status: 401, error: 'invalid_client' },
  accessTokenRefused: { status: 401, error: 'invalid_token' },
  request: { status: 400, error: 'invalid_request' },
};

export interface DialectAnswersParts {
  readonly dialect: AnswerDialect;
  readonly report: (finding: string) => void;
}

export function createDialectAnswers({ dialect, report }: DialectAnswersParts): DialectAnswers {
  return {
    content(request, wishes) {
      const content = fitJson(wishes);
      const whole = fitJson(placeOf(dialect, content.document), dialect.at === null ? content.document : undefined);
      for (const expression of [...content.unmet, ...whole.unmet]) {
        report(`no answer can be made up in which the expression "${expression}" finds what it has to`);
      }
      return write(request, 200, whole.document);
    },
    refusal(request, call, means) {
      for (const rule of dialect.errors) {
        if (rule.means !== means || (rule.calls.length > 0 && !rule.calls.includes(call))) continue;
        const body = bodyOf(rule);
        if (body) return write(request, statusOf(rule), body);
      }
      const { status, error } = STANDARD[means];
      return json(status, { error });
    },
  };

  function write(request: ProviderRequest, status: number, body: JsonValue): ProviderAnswer {
    const isForm = dialect.format === 'form' || (dialect.format === 'contentType' && !acceptsJson(request));
    return isForm ? form(status, body) : json(status, body);
  }

  function statusOf({ http }: ErrorRule): number {
    return http ?? (dialect.success === null ? 400 : 200);
  }

  /** Null where no answer can be made up that the rule fits. */
  function bodyOf({ codes, text }: ErrorRule): JsonValue | null {
    const [code] = codes.map((one) => /^(\d+)-\d+$/.exec(one)?.[1] ?? one);
    const sample = text === null ? null : sampleText(text);
    if (text !== null && sample === null) return null;
    const wishes = [
      ...(code === undefined ? [] : firstThatFits(dialect.error, (expression) => codeWish(expression, code))),
      ...(sample === null ? [] : firstThatFits(dialect.errorText, (expression) => exactly(expression, sample))),
      ...(dialect.success === null ? [] : [holds(dialect.success, false)]),
    ];
    const { document, unmet } = fitJson(wishes);
    return unmet.length === 0 ? document : null;
  }
}

function placeOf({ at, success }: AnswerDialect, content: JsonValue): Wish[] {
  return [...(at === null ? [] : [exactly(at, content)]), ...(success === null ? [] : [holds(success, true)])];
}

/** As a number where it is one: providers that count their errors write them so. */
function codeWish(expression: string, code: string): Wish {
  const value: JsonValue = /^\d{1,9}$/.test(code) ? Number(code) : code;
  return { ...sameText(expression, code), propose: value };
}

function firstThatFits(expressions: readonly string[], wish: (expression: string) => Wish): Wish[] {
  const found = expressions.map(wish).find((one) => fitJson([one]).unmet.length === 0);
  return found ? [found] : expressions.slice(0, 1).map(wish);
}

function acceptsJson({ headers }: ProviderRequest): boolean {
  return headers.accept?.includes('json') === true;
}

export function json(status: number, body: JsonValue): ProviderAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}

function form(status: number, body: JsonValue): ProviderAnswer {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(body ?? {})) {
    pairs.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  const type = 'application/x-www-form-urlencoded; charset=utf-8';
  return { status, headers: { 'content-type': type }, body: pairs.toString() };
}
