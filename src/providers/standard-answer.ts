/** Turns a provider's answer to a token or revocation request into the one that the specification has for it (RFC 6749
 *  §5.1, §5.2, RFC 7009 §2.2), so that whoever reads it need not know the provider. Pure; called where oauth/ takes an
 *  answer from the outbound door. An answer that a dialect does not speak of passes as it came. Holds tokens. */
import type { OutboundAnswer } from '../outbound/outbound.js';
import type { JsonObject } from '../outbound/strict-json.js';
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
function isStandard({ answers, tokens, scopeSeparator, scopeNames }: Dialect): boolean {
  const isPlain = answers.format === 'json' && answers.at === null && scopeSeparator === ' ';
  return isPlain && Object.keys(scopeNames).length === 0 && Object.values(tokens).every((one) => one === null);
}

/** The members that are read of a token answer, under the specification's names. One that is no plain value could not be
 *  read, and is handed on as something that cannot. */
function standardMembers(dialect: Dialect, content: JsonObject): JsonObject {
  const { tokens } = dialect;
  const members: JsonObject = {};
  for (const name of MEMBERS) {
    const expression = isLookedUp(name) ? tokens[name] : null;
    const value = expression === null ? content[name] : queryJson(expression, content);
    if (value !== undefined) members[name] = typeof value === 'object' && value !== null ? false : value;
  }
  if (typeof members['scope'] === 'string') members['scope'] = standardScope(dialect, members['scope']);
  const subject = tokens.subject === null ? null : queryText(tokens.subject, content);
  return subject === null ? members : { ...members, [SUBJECT_MEMBER]: subject };
}

const LOOKED_UP = [
  'access_token',
  'token_type',
  'refresh_token',
  'scope',
  'expires_in',
  'refresh_token_expires_in',
] as const satisfies readonly (keyof TokenMembers)[];

const MEMBERS = [...LOOKED_UP, 'id_token', 'refresh_expires_in', 'error'] as const;

function isLookedUp(name: string): name is (typeof LOOKED_UP)[number] {
  return LOOKED_UP.some((one) => one === name);
}

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
