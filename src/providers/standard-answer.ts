/** Turns a provider's answer to a token or revocation request into the one that the specification has for it (RFC 6749
 *  §5.1, §5.2, RFC 7009 §2.2), so that whoever reads it need not know the provider. Pure; called where oauth/ takes an
 *  answer from the outbound door. An answer that a dialect does not speak of passes as it came. Holds tokens. */
import type { OutboundAnswer } from '../outbound/outbound.js';
import type { JsonObject } from '../outbound/strict-json.js';
import type { Call, Dialect, FailureClass } from './dialect.js';
import { readAnswer } from './read-answer.js';
import { standardMembers } from './token-members.js';

export function toStandardAnswer(dialect: Dialect, call: Exclude<Call, 'me'>, answer: OutboundAnswer): OutboundAnswer {
  const read = readAnswer(dialect.answers, call, answer);
  switch (read.kind) {
    case 'asItCame':
      return answer;
    case 'list':
    case 'unreadable':
      return write(answer.status, {});
    case 'refusal':
      return refuse(read.means, read.retryAfterSeconds ?? null, answer);
    case 'content':
      if (call === 'revoke') return write(200, {});
      return isStandard(dialect) ? answer : write(200, standardMembers(dialect, read.content));
    default:
      return read satisfies never;
  }
}

/** Errors of the specification, so that a refusal inside an answer never looks like a status of HTTP. */
const ERRORS: Readonly<Record<FailureClass, string>> = {
  deadGrant: 'invalid_grant',
  configuration: 'invalid_client',
  request: 'invalid_request',
  retryLater: 'temporarily_unavailable',
  rateLimited: 'slow_down',
  // Of API calls; at a token endpoint they can only mean that the grant does not do.
  accessTokenRefused: 'invalid_grant',
  scopeMissing: 'invalid_scope',
};

function refuse(means: FailureClass, retryAfterSeconds: number | null, answer: OutboundAnswer): OutboundAnswer {
  const wait = retryAfterSeconds === null ? answer.headers['retry-after'] : String(retryAfterSeconds);
  return write(400, { error: ERRORS[means] }, wait === undefined ? {} : { 'retry-after': wait });
}

/** Whether its answers lie as the specification says: then not a byte is touched. */
function isStandard({ answers, tokens, scopeSeparator, scopeNames, keep }: Dialect): boolean {
  const isPlain = answers.format === 'json' && answers.at === null && scopeSeparator === ' ';
  const { expiresInUnit, ...members } = tokens;
  const isPlainTokens = expiresInUnit === 'seconds' && Object.values(members).every((one) => one === null);
  const isNothingKept = Object.keys(keep.answer).length === 0;
  return isPlain && isPlainTokens && isNothingKept && Object.keys(scopeNames).length === 0;
}

function write(status: number, body: JsonObject, headers: OutboundAnswer['headers'] = {}): OutboundAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: new TextEncoder().encode(JSON.stringify(body, keepSenseless)),
  };
}

/** 1e309 has become infinity, which would be written as null, as if nothing had been said. */
function keepSenseless(_name: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? 'no number' : value;
}
