/** What a provider puts into an answer that brings tokens, as wishes for its content: each member where the definition's
 *  expressions look for it, under its own name otherwise. Pure; called by token-endpoint.ts. */
import type { JsonValue } from '../outbound/strict-json.js';
import type { Dialect, KeptValues, MomentMember } from '../providers/dialect.js';
import { exactly, sameWords, someText, type Wish } from './fit-json.js';
import type { Issued } from './grants.js';
import { valueOf, type MadeValues } from './made-values.js';

export interface TokenFacts {
  /** What the provider tells of accounts, by our names. */
  readonly values: MadeValues['all'];
  readonly issued: Issued;
  readonly now: number;
  readonly idToken: string | null;
}

type Looked = 'access_token' | 'token_type' | 'refresh_token' | 'scope' | 'expires_in' | 'refresh_token_expires_in';

export function tokenWishes(dialect: Dialect, { values, issued, now, idToken }: TokenFacts): Wish[] {
  const { tokens } = dialect;
  const { grant, accessToken, refreshToken, expiresIn, refreshTokenExpiresIn } = issued;
  const unit = tokens.expiresInUnit === 'milliseconds' ? 1000 : 1;
  const scopes = grant.consent.scopes.map((scope) => theirName(dialect, scope));
  const at = (name: Looked): string => tokens[name] ?? name;
  return [
    exactly(at('access_token'), accessToken),
    tokenType(at('token_type')),
    ...(refreshToken === null ? [] : [exactly(at('refresh_token'), refreshToken)]),
    ...(scopes.length === 0 ? [] : [sameWords(at('scope'), scopes, separatorOf(dialect))]),
    ...end(tokens.expires_at, at('expires_in'), { seconds: expiresIn, now, unit }),
    ...end(tokens.refresh_token_expires_at, at('refresh_token_expires_in'), {
      seconds: refreshTokenExpiresIn,
      now,
      unit,
    }),
    ...(idToken === null ? [] : [exactly('id_token', idToken)]),
    ...keptWishes(dialect.keep.answer, values, grant.consent.person),
    ...(tokens.subject === null ? [] : [someText(tokens.subject, grant.consent.person)]),
  ];
}

function tokenType(expression: string): Wish {
  return { expression, propose: 'Bearer', accepts: isBearer };
}

function isBearer(found: JsonValue): boolean {
  return typeof found === 'string' && found.toLowerCase() === 'bearer';
}

function separatorOf({ tokens, scopeSeparator }: Dialect): string {
  return tokens.scopeSeparator ?? scopeSeparator;
}

function theirName({ scopeNames }: Dialect, scope: string): string {
  return Object.entries(scopeNames).find(([, ours]) => ours === scope)?.[0] ?? scope;
}

export function keptWishes(kept: KeptValues['answer'], values: MadeValues['all'], person: string): Wish[] {
  return Object.entries(kept).map(([name, expression]) => exactly(expression, valueOf(values, name, person)));
}

interface End {
  readonly seconds: number | null;
  readonly now: number;
  readonly unit: number;
}

function end(moment: MomentMember | null, expression: string, { seconds, now, unit }: End): Wish[] {
  if (seconds === null) return [];
  if (moment === null) return [exactly(expression, seconds * unit)];
  const at = now + seconds * 1000;
  const written = { isoDate: new Date(at).toISOString(), epochSeconds: Math.floor(at / 1000), epochMilliseconds: at };
  return [exactly(moment.at, written[moment.as])];
}
