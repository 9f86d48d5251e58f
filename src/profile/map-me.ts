/** A provider's answer as a profile, by the expressions of its definition. Pure; called by fetch-profile.ts. */
import type { MeRequest } from '../providers/dialect.js';
import { queryText } from '../providers/query-json.js';
import type { Secret } from '../secret.js';
import { webUrlOf } from './map-userinfo.js';
import type { MappedProfile, ProfileContent } from './provider-profile.js';
import { removeTokens } from './remove-tokens.js';

export interface Asked {
  readonly map: MeRequest['map'];
  /** What must not be in the profile (see removeTokens). */
  readonly secrets: readonly Secret[];
  /** The account's external id; stands where the definition takes none from this answer. */
  readonly subject: string | null;
}

export function mapMe(content: ProfileContent, { map, secrets, subject }: Asked): MappedProfile {
  // Looked up after the tokens are gone: no expression can show one.
  const raw = removeTokens(content, secrets);
  const textOf = (expression: string | null): string | null => expression && queryText(expression, raw);
  return {
    externalId: map.externalId === null ? subject : textOf(map.externalId),
    name: textOf(map.name),
    email: textOf(map.email),
    avatarUrl: webUrlOf(textOf(map.avatarUrl)),
    raw,
  };
}
