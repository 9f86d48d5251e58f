/** Reads what a token endpoint granted, strictly (RFC 6749 §5.1). Pure; called by code-grant.ts and refresh-grant.ts with
 *  an answer whose status says success. A member that stands but makes no sense makes the whole answer unreadable: a
 *  token that is stored by guesswork fails later, at night, for a user. */
import { readJsonObject, type JsonObject, type JsonValue } from '../outbound/strict-json.js';
import type { Provider, ProviderValues } from '../providers/provider.js';
import {
  EXPIRES_AT_MEMBER,
  REFRESH_TOKEN_EXPIRES_AT_MEMBER,
  SUBJECT_MEMBER,
  VALUES_MEMBER,
} from '../providers/token-members.js';
import { Secret } from '../secret.js';
import type { TokenAnswer } from './token-answer.js';

/** The members that are used, after checks, under their names on the wire. Holds tokens: never log it. */
export interface GrantedMembers {
  readonly access_token: string;
  readonly token_type: 'bearer';
  readonly refresh_token: string | null;
  readonly id_token: string | null;
  readonly scope: string | null;
  /** Whole seconds. */
  readonly expires_in: number | null;
  readonly refresh_token_expires_in: number | null;
  /** Not members of the specification: the ends of the tokens in epoch milliseconds, who consented, and what is kept with
   *  the account, where the provider's dialect finds them in the answer. */
  readonly expires_at: number | null;
  readonly refresh_token_expires_at: number | null;
  readonly subject: string | null;
  readonly values: ProviderValues;
}

export type ReadGrant =
  | { readonly kind: 'granted'; readonly members: GrantedMembers }
  /** A 200 that says `error`: some servers answer so. The code is the specification's or null. */
  | { readonly kind: 'refused'; readonly error: string }
  /** `why` is in our own words and holds nothing of the answer. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** A refresh is read less strictly, since what was granted there may be the only living pair of tokens: a life that makes no
 *  sense is worth no more than one that nobody names, an empty refresh token is none, an ID Token is not used, and scopes
 *  that cannot be read leave those that stand. */
export function readGrant(body: Uint8Array, speech: 'token' | 'refresh' = 'token'): ReadGrant {
  const json = readJsonObject(body);
  if (json === null) return { kind: 'unreadable', why: 'it is not one JSON object with each key once' };
  if (typeof json['error'] === 'string' && isNone(json['access_token'])) {
    return { kind: 'refused', error: json['error'] };
  }
  const rules = speech === 'refresh' ? REFRESH_RULES : MEMBER_RULES;
  const faulty = rules.find(({ name, isGood }) => !isGood(json[name]));
  if (faulty) return { kind: 'unreadable', why: `its ${faulty.name} is missing or malformed` };
  return { kind: 'granted', members: pickMembers(json) };
}

export interface GrantFacts {
  /** When the request was sent, epoch milliseconds: no token is younger than that. */
  readonly sentAt: number;
  /** `sub` of the validated ID Token. */
  readonly subject: string | null;
  readonly provider: Pick<Provider, 'dialect' | 'lifetimes'>;
  /** Whether a refresh token that ends a fixed time after the consent begins its life with this answer. */
  readonly isConsent: boolean;
}

/** What the answer does not say about lifetimes and persons, the provider's definition may. */
export function toTokenAnswer(members: GrantedMembers, facts: GrantFacts): TokenAnswer {
  const { sentAt, provider, subject } = facts;
  const { dialect, lifetimes } = provider;
  const endOf = (seconds: number | null): number | null => (seconds === null ? null : sentAt + seconds * 1000);
  const isBegun = facts.isConsent || lifetimes.refreshTokenEnd === 'idle';
  return {
    accessToken: Secret.of(members.access_token),
    refreshToken: members.refresh_token === null ? null : Secret.of(members.refresh_token),
    expiresAt:
      (dialect.tokens.expires_at && members.expires_at) ?? endOf(members.expires_in ?? lifetimes.accessTokenSeconds),
    refreshTokenExpiresAt:
      (dialect.tokens.refresh_token_expires_at && members.refresh_token_expires_at) ??
      endOf(members.refresh_token_expires_in ?? (isBegun ? knownLife(members, facts) : null)),
    keepsRefreshTokenEnd: !isBegun,
    grantedScopes: members.scope === null ? null : [...new Set(members.scope.split(' ').filter((one) => one !== ''))],
    subject: subject ?? (dialect.tokens.subject === null ? null : members.subject),
    providerValues: Object.keys(dialect.keep.answer).length === 0 ? {} : members.values,
  };
}

/** A consent that brought no refresh token has no life to know. */
function knownLife({ refresh_token }: GrantedMembers, { provider, isConsent }: GrantFacts): number | null {
  return refresh_token === null && isConsent ? null : provider.lifetimes.refreshTokenSeconds;
}

type Member = JsonValue | undefined;

const isAbsent = (value: Member): value is null | undefined => value === undefined || value === null;
const isNone = (value: Member): boolean => isAbsent(value) || value === '';
/** RFC 6749 appendix A.12, A.17: 1*VSCHAR. Anything else could not stand in a header. */
const isToken = (value: Member): value is string => typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
const isOptionalToken = (value: Member): boolean => isAbsent(value) || isToken(value);

const isScope = (value: Member): value is string => typeof value === 'string' && /^[\x20-\x7e]*$/.test(value);

const isOptionalMoment = (value: Member): boolean => isAbsent(value) || typeof value === 'number';

const MEMBER_RULES: readonly { readonly name: string; isGood: (value: Member) => boolean }[] = [
  { name: 'access_token', isGood: isToken },
  // RFC 6749 §7.1: a client must not use a token whose type it does not understand.
  { name: 'token_type', isGood: (value) => typeof value === 'string' && value.toLowerCase() === 'bearer' },
  { name: 'refresh_token', isGood: isOptionalToken },
  { name: 'id_token', isGood: isOptionalToken },
  { name: 'scope', isGood: (value) => isAbsent(value) || isScope(value) },
  { name: 'expires_in', isGood: (value) => isAbsent(value) || readSeconds(value) !== null },
  { name: EXPIRES_AT_MEMBER, isGood: isOptionalMoment },
  { name: REFRESH_TOKEN_EXPIRES_AT_MEMBER, isGood: isOptionalMoment },
];

const LENIENT_AT_REFRESH: ReadonlySet<string> = new Set([
  'expires_in',
  EXPIRES_AT_MEMBER,
  REFRESH_TOKEN_EXPIRES_AT_MEMBER,
  'id_token',
  'refresh_token',
  'scope',
]);
const REFRESH_RULES: typeof MEMBER_RULES = [
  ...MEMBER_RULES.filter(({ name }) => !LENIENT_AT_REFRESH.has(name)),
  { name: 'refresh_token', isGood: (value) => isNone(value) || isToken(value) },
];

function pickMembers(json: JsonObject): GrantedMembers {
  return {
    access_token: json['access_token'] as string, // checked by MEMBER_RULES
    token_type: 'bearer',
    refresh_token: isToken(json['refresh_token']) ? json['refresh_token'] : null,
    id_token: isToken(json['id_token']) ? json['id_token'] : null,
    scope: scopeOf(json['scope']),
    // A token that is over as it comes would be renewed at each use; some servers say 0 for one that does not end.
    expires_in: readSeconds(json['expires_in']) || null,
    // Outside RFC 6749, in two spellings; 0 says that it does not end. What makes no sense is as good as absent.
    refresh_token_expires_in: readSeconds(json['refresh_token_expires_in'] ?? json['refresh_expires_in']) || null,
    expires_at: momentOf(json[EXPIRES_AT_MEMBER]),
    refresh_token_expires_at: momentOf(json[REFRESH_TOKEN_EXPIRES_AT_MEMBER]),
    values: textsOf(json[VALUES_MEMBER]),
    subject: typeof json[SUBJECT_MEMBER] === 'string' ? json[SUBJECT_MEMBER] : null,
  };
}

/** A list is what some servers make of a text of words. */
function scopeOf(value: Member): string | null {
  const text = Array.isArray(value) && value.every(isScope) ? value.join(' ') : value;
  return isScope(text) ? text : null;
}

function textsOf(value: Member): ProviderValues {
  return Object.fromEntries(Object.entries(Object(value) as object).filter(([, one]) => typeof one === 'string'));
}

function momentOf(value: Member): number | null {
  return typeof value === 'number' ? value : null;
}

const CENTURY_SECONDS = 100 * 365 * 24 * 60 * 60;

/** Whole seconds from a number or, as some servers write it, from its digits in quotes. Null for what is neither, for
 *  what is negative, and for what is no number at all (1e309 parses to infinity). A century is as good as for ever. */
function readSeconds(value: Member): number | null {
  const seconds = typeof value === 'string' && /^\d{1,15}(\.\d{1,9})?$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return null;
  return Math.min(Math.floor(seconds), CENTURY_SECONDS);
}
