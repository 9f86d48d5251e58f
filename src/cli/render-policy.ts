/** When a provider's tokens are refreshed, why, and what becomes of the old ones, in plain words: a part of
 *  docs/providers/<id>.md. Called by render-provider-page.ts. */
import type { Definition } from '../providers/definition.js';

type Policy = NonNullable<Definition['refreshPolicy']>;

export function renderPolicy({ refreshPolicy, rotation, lifetimes }: Definition): string[] {
  const policy: Policy = refreshPolicy ?? { mode: 'lazy' };
  const rows: [string, string][] = [
    ['mode', `\`${policy.mode}\`, ${sayMode(policy)}`],
    ['why', policy.reason ?? ''],
    ['refreshed at least every', inWords(policy.keepAliveSeconds)],
    ['the provider takes a refresh', sayWindow(policy)],
    ['refreshes a second at most', policy.budgetPerSecond?.toString() ?? ''],
    ['life of an access token', inWords(lifetimes.accessTokenSeconds)],
    ['life of a refresh token', sayLife(lifetimes)],
    ['a refresh brings a new refresh token', rotation.rotates],
    ['the old refresh token', sayReplay(rotation)],
    ['source', policy.source ? `<${policy.source}>` : ''],
  ];
  const said = rows.filter(([, value]) => value !== '');
  return ['## Refresh policy', said.map(([name, value]) => `- ${name}: ${value}`).join('\n')];
}

function sayMode({ mode, leadSeconds, idleAfterSeconds }: Policy): string {
  const lead = inWords(leadSeconds ?? 60);
  switch (mode) {
    case 'scheduled':
      return `${lead} before the access token ends, used or not`;
    case 'lazy':
      return 'when it is used';
    case 'whenActive':
      return `${lead} before the access token ends while its user is active; after ${inWords(idleAfterSeconds)} without, on their return`;
    case 'never':
      return 'not by date';
    default:
      return mode satisfies never;
  }
}

function sayWindow({ notBeforeSeconds, minimumAgeSeconds, notAfterSeconds, sameTokenMeansTooEarly }: Policy): string {
  const parts: string[] = [];
  if (notBeforeSeconds === 0) parts.push('once the access token is over');
  else if (notBeforeSeconds !== undefined) parts.push(`in the last ${inWords(notBeforeSeconds)} of the access token`);
  if (minimumAgeSeconds !== undefined)
    parts.push(`of an access token that is at least ${inWords(minimumAgeSeconds)} old`);
  if (notAfterSeconds === 0) parts.push('not once the access token is over');
  else if (notAfterSeconds !== undefined) parts.push(`not in the last ${inWords(notAfterSeconds)} of the access token`);
  if (sameTokenMeansTooEarly) parts.push('with the same access token again where it is asked too early');
  return parts.join('; ');
}

const UNITS = [
  [86_400, 'days'],
  [3_600, 'hours'],
  [60, 'minutes'],
] as const;

export function inWords(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '';
  const unit = UNITS.find(([size]) => seconds % size === 0 && seconds > size);
  return unit ? `${seconds / unit[0]} ${unit[1]}` : `${seconds} seconds`;
}

function sayLife({ refreshTokenSeconds, refreshTokenEnd }: Definition['lifetimes']): string {
  if (refreshTokenSeconds === null) return '';
  return `${inWords(refreshTokenSeconds)} since ${refreshTokenEnd === 'idle' ? 'its last use' : 'the consent'}`;
}

function sayReplay({ rotates, replay, graceSeconds, endsAtFirstUse }: Definition['rotation']): string {
  switch (replay) {
    case 'stable':
      return rotates === 'never' ? 'stays good' : 'may be sent again';
    case 'grace':
      return `may be sent again for ${inWords(graceSeconds)}${endsAtFirstUse ? ', until the new access token is used' : ''}`;
    case 'untilFirstUse':
      return 'may be sent again until the new access token is used';
    case 'revokes':
      return rotates === 'unknown' ? 'is not sent again, to be safe' : 'is over as soon as it was used';
    default:
      return replay satisfies never;
  }
}
