/** OpenID Connect's standard claims as a profile (Core §5.1). Pure; called by fetch-profile.ts. */
import type { JsonObject, JsonValue } from '../outbound/strict-json.js';
import type { Secret } from '../secret.js';
import type { MappedProfile } from './provider-profile.js';
import { removeTokens } from './remove-tokens.js';

export function mapUserinfo(claims: JsonObject, secrets: readonly Secret[]): MappedProfile<JsonObject> {
  const raw = removeTokens(claims, secrets);
  return {
    externalId: textOf(raw['sub']),
    name: textOf(raw['name']) ?? joinNames(raw) ?? textOf(raw['preferred_username']),
    email: textOf(raw['email']),
    avatarUrl: webUrlOf(raw['picture']),
    raw,
  };
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

function joinNames(claims: JsonObject): string | null {
  const names = [textOf(claims['given_name']), textOf(claims['family_name'])].filter((name) => name !== null);
  return names.length === 0 ? null : names.join(' ');
}

/** A page shows it as an image: javascript:, data:, relative addresses and such with a password do not pass. */
export function webUrlOf(value: JsonValue | undefined): string | null {
  const text = textOf(value);
  if (text === null || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isShown = ['https:', 'http:'].includes(url.protocol) && url.username === '' && url.password === '';
  return isShown ? url.href : null;
}
