/** Turns a provider's answer to a token or revocation request into the one that the specification has for it (RFC 6749
 *  §5.1, §5.2, RFC 7009 §2.2), so that whoever reads it need not know the provider. Pure; called where oauth/ takes an
 *  answer from the outbound door. An answer that a dialect does not speak of passes as it came. Holds tokens. */
import type { OutboundAnswer } from '../outbound/outbound.js';
import type { JsonObject, JsonValue } from '../outbound/strict-json.js';
import type { Call, Dialect, FailureClass, TokenMembers } from './dialect.js';
import { queryJson, queryText } from './query-json.js';
import { readAnswer } from './read-answer.js';

/** The member in which the id of who consented is handed on. */
export const SUBJECT_MEMBER = 'latchkey_subject';

export function toStandardAnswer(dialect: Dialect, call: Exclude<Call, 'me'>, answer: OutboundAnswer): OutboundAnswer {
  const read = readAnswer(dialect.answers, call, answer);
  switch (read.kind) {
    case 'asItCame':
      return answer;
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

const REFUSALS: Readonly<Record<FailureClass, readonly [status: number, error: string]>> = {
  deadGrant: [400, 'invalid_grant'],
  configuration: [401, 'invalid_client'],
  request: [400, 'invalid_request'],
  retryLater: [503, 'temporarily_unavailable'],
  rateLimited: [429, 'slow_down'],
  // Of API calls; at a token endpoint they can only mean that the grant does not do.
  accessTokenRefused: [400, 'invalid_grant'],
  scopeMissing: [400, 'invalid_scope'],
};

function refuse(means: FailureClass, retryAfterSeconds: number | null, answer: OutboundAnswer): OutboundAnswer {
  const [status, error] = REFUSALS[means];
  const wait = retryAfterSeconds === null ? answer.headers['retry-after'] : String(retryAfterSeconds);
  return write(status, { error }, wait === undefined ? {} : { 'retry-after': wait });
}

/** Whether its answers lie as the specification says: then not a byte is touched. */
function isStandard({ answers, tokens, scopeSeparator, scopeNames }: Dialect): boolean {
  const isPlain = answers.format === 'json' && answers.at === null && scopeSeparator === ' ';
  return isPlain && Object.keys(scopeNames).length === 0 && Object.values(tokens).every((one) => one === null);
}

/** The content under the specification's names; members that are not of it stay, and nobody looks at them. */
function standardMembers(dialect: Dialect, content: JsonObject): JsonObject {
  const { tokens } = dialect;
  const found = MEMBERS.flatMap((name): [string, JsonValue][] => {
    const expression = tokens[name];
    return expression === null ? [] : [[name, queryJson(expression, content)]];
  });
  const { [SUBJECT_MEMBER]: _, ...others } = content;
  const members: JsonObject = { ...others, ...Object.fromEntries(found) };
  const subject = tokens.subject === null ? null : queryText(tokens.subject, content);
  if (subject !== null) members[SUBJECT_MEMBER] = subject;
  if (typeof members['scope'] === 'string') members['scope'] = standardScope(dialect, members['scope']);
  return members;
}

const MEMBERS = [
  'access_token',
  'token_type',
  'refresh_token',
  'scope',
  'expires_in',
  'refresh_token_expires_in',
] as const satisfies readonly (keyof TokenMembers)[];

/** Separated by spaces, each under the name by which it is asked for. */
function standardScope({ scopeSeparator, scopeNames, tokens }: Dialect, scope: string): string {
  const separator = tokens.scopeSeparator ?? scopeSeparator;
  const names = scope.split(separator).map((one) => one.trim());
  return names
    .filter((one) => one !== '')
    .map((one) => (Object.hasOwn(scopeNames, one) ? (scopeNames[one] ?? one) : one))
    .join(' ');
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
