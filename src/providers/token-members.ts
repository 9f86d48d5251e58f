/** Finds the members of a token answer where a provider's dialect says that they lie, and hands them on under the
 *  specification's names and in its units (RFC 6749 §5.1). Pure; called by standard-answer.ts. Holds tokens.
 *  One that makes no sense is handed on as something that cannot be read, and never left out: who reads it strictly must
 *  see that it was there. */
import type { JsonObject, JsonValue } from '../outbound/strict-json.js';
import type { Dialect, MomentMember, TokenMembers } from './dialect.js';
import { keepFrom } from './kept-values.js';
import { queryJson, queryText } from './query-json.js';
import { readMoment } from './read-moment.js';

/** Members that no specification has, in which what a dialect reads is handed on: who consented, and the ends of the
 *  tokens in epoch milliseconds. They count only for a provider whose definition looks for them. */
export const SUBJECT_MEMBER = 'latchkey_subject';
export const EXPIRES_AT_MEMBER = 'latchkey_expires_at';
export const REFRESH_TOKEN_EXPIRES_AT_MEMBER = 'latchkey_refresh_token_expires_at';
/** The values that are kept, by our names. */
export const VALUES_MEMBER = 'latchkey_values';

export function standardMembers(dialect: Dialect, content: JsonObject): JsonObject {
  const { tokens } = dialect;
  const members: JsonObject = {};
  const put = (name: string, value: JsonValue | undefined): void => {
    if (value !== undefined) members[name] = typeof value === 'object' && value !== null ? UNREADABLE : value;
  };
  for (const name of AS_THEY_ARE) put(name, content[name]);
  for (const name of LOOKED_UP) put(name, lookUp(tokens[name], name, content));
  for (const name of COUNTED) put(name, inSeconds(lookUp(tokens[name], name, content), tokens));
  put(EXPIRES_AT_MEMBER, momentIn(content, tokens.expires_at));
  put(REFRESH_TOKEN_EXPIRES_AT_MEMBER, momentIn(content, tokens.refresh_token_expires_at));
  if (typeof members['scope'] === 'string') put('scope', standardScope(dialect, members['scope']));
  if (Object.keys(dialect.keep.answer).length > 0)
    members[VALUES_MEMBER] = { ...keepFrom(dialect.keep.answer, content) };
  put(SUBJECT_MEMBER, (tokens.subject === null ? null : queryText(tokens.subject, content)) ?? undefined);
  return members;
}

const LOOKED_UP = ['access_token', 'token_type', 'refresh_token', 'scope'] as const satisfies (keyof TokenMembers)[];
const COUNTED = ['expires_in', 'refresh_token_expires_in'] as const satisfies (keyof TokenMembers)[];
const AS_THEY_ARE = ['id_token', 'refresh_expires_in', 'error'] as const;

const UNREADABLE = false;

function lookUp(expression: string | null, name: string, content: JsonObject): JsonValue | undefined {
  return expression === null ? content[name] : queryJson(expression, content);
}

function inSeconds(value: JsonValue | undefined, { expiresInUnit }: TokenMembers): JsonValue | undefined {
  if (expiresInUnit === 'seconds' || value === undefined || value === null) return value;
  const milliseconds = typeof value === 'string' && /^\d{1,18}$/.test(value) ? Number(value) : value;
  return typeof milliseconds === 'number' ? milliseconds / 1000 : UNREADABLE;
}

function momentIn(content: JsonObject, member: MomentMember | null): JsonValue | undefined {
  const value = member && queryJson(member.at, content);
  return member === null || value === null ? undefined : (readMoment(value, member.as) ?? UNREADABLE);
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
