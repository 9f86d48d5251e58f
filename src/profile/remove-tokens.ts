/** Takes out of a provider's answer what must not reach a caller: members that are named like tokens or secrets, and
 *  texts that are or hold one of the secrets that we and the provider share, or a JWT. Pure; called before an answer is
 *  shown as `raw`. */
import type { JsonObject, JsonValue } from '../outbound/strict-json.js';
import type { ProfileContent } from './provider-profile.js';
import type { Secret } from '../secret.js';

/** `secrets`: the access token, and what else the provider could tell back. */
export function removeTokens(answer: JsonObject, secrets: readonly Secret[]): JsonObject;
export function removeTokens(answer: ProfileContent, secrets: readonly Secret[]): ProfileContent;
export function removeTokens(answer: ProfileContent, secrets: readonly Secret[]): ProfileContent {
  const whole = new Set(secrets.map((secret) => secret.expose()));
  const spellings = secrets.flatMap(spellingsOf);
  const isToken = (text: string): boolean => {
    const isInside = (spelling: string): boolean => text.length >= spelling.length && text.includes(spelling);
    return whole.has(text) || spellings.some(isInside) || JWT.test(text);
  };
  return Array.isArray(answer) ? cleanList(answer, isToken) : cleanObject(answer, isToken);
}

/** Made once for each secret, and forgotten with it. */
const spelled = new WeakMap<Secret, readonly string[]>();

/** How a secret may stand in a text: as it is, percent-encoded, in base64 and in hex. None for one that is too short. */
export function spellingsOf(secret: Secret): readonly string[] {
  const spellings = spelled.get(secret) ?? spell(secret.expose());
  spelled.set(secret, spellings);
  return spellings;
}

function spell(secret: string): string[] {
  if (secret.length < LEAST_TOKEN_CHARACTERS) return [];
  const bytes = Buffer.from(secret, 'utf8');
  // Without its last characters, base64 is the same whatever follows the secret.
  const base64 = [bytes.toString('base64'), bytes.toString('base64url')].map((text) => text.replace(/.{1,2}=*$/, ''));
  // Some writers of JSON escape a slash.
  const escaped = secret.includes('/') ? [secret.replaceAll('/', '\\/')] : [];
  return [secret, ...escaped, encodeURIComponent(secret), ...base64, bytes.toString('hex')];
}

type Judge = (text: string) => boolean;

function cleanObject(value: JsonObject, isToken: Judge): JsonObject {
  const kept = Object.entries(value).filter(([name, member]) => {
    return !isTokenName(name) && !isToken(name) && !(typeof member === 'string' && isToken(member));
  });
  // fromEntries defines members, so that a key "__proto__" stays a member.
  return Object.fromEntries(kept.map(([name, member]) => [name, clean(member, isToken)]));
}

function clean(value: JsonValue, isToken: Judge): JsonValue {
  if (Array.isArray(value)) return cleanList(value, isToken);
  return typeof value === 'object' && value !== null ? cleanObject(value, isToken) : value;
}

function cleanList(list: JsonValue[], isToken: Judge): JsonValue[] {
  return list.filter((item) => !(typeof item === 'string' && isToken(item))).map((item) => clean(item, isToken));
}

/** access_token, refreshToken, token, client-secret, password, api_key; not token_type, tokens_used. */
const TOKEN_NAME = /(^|_)(token|secret|password|passwd|assertion|authorization|api_?key|private_?key)$/;

/** Without one of these no name is. */
const TOKEN_WORD = /token|secret|passw|assertion|authorization|key/;

function isTokenName(name: string): boolean {
  if (!TOKEN_WORD.test(name.toLowerCase())) return false;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[-. ]/g, '_')
    .toLowerCase();
  return TOKEN_NAME.test(words);
}

/** RFC 7515 §3.1: a JWS or JWE in compact form begins with the base64url of `{"`. */
const JWT = /(^|[^A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_.-]*/;

/** A shorter token is no secret, and would be found in any text. */
const LEAST_TOKEN_CHARACTERS = 8;
