/** What was simulated, in words: for the head of a table and the foot of a chart. Pure. */
import { grouped } from './measures.js';
import type { ProviderRules, Scenario } from './scenario.js';
import { DAY, HOUR, MINUTE, userModelNames, type UserMix } from './user-models.js';

export function describeScenario({ title, rules, users, accounts, days, seed, connectWithin }: Scenario): string[] {
  return [
    `${title}: access tokens ${lifeInWords(rules.accessTokenLife)}, refresh tokens ${refreshLifeInWords(rules)}.`,
    ...troublesInWords(rules),
    `${grouped(accounts)} accounts, connected within ${lengthInWords(connectWithin)}, over ${grouped(days)} days; seed ${seed}. Users: ${mixInWords(users)}.`,
  ];
}

/** Never silent: a sample says that it is one. */
export function describeSample({ accounts, simulated }: Scenario): string {
  if (simulated === accounts) return 'Every account was simulated.';
  const each = (accounts / simulated).toFixed(2);
  return `A sample: ${grouped(simulated)} accounts were simulated, each stands for ${each}, and counts are multiplied by that.`;
}

function lifeInWords(life: number | null): string {
  return life === null ? 'do not end' : `live ${lengthInWords(life)}`;
}

function refreshLifeInWords({
  accessTokenLife,
  refreshTokenLife,
  refreshTokenEnd,
  isEndStated,
}: ProviderRules): string {
  if (accessTokenLife === null) return 'are not needed';
  if (refreshTokenLife === null) return 'have no known end';
  const since = refreshTokenEnd === 'idle' ? 'since their last use' : 'since the consent';
  return `live ${lengthInWords(refreshTokenLife)} ${since}${isEndStated ? '' : ', of which Latchkey is not told'}`;
}

function troublesInWords({ limitPerSecond, outages, lostAnswers }: ProviderRules): string[] {
  const troubles = [
    ...(limitPerSecond === null ? [] : [`it answers ${grouped(limitPerSecond)} token requests a second at most`]),
    ...outages.map(({ from, to }) => `it is down for ${lengthInWords(to - from)} after ${lengthInWords(from)}`),
    ...(lostAnswers === 0 ? [] : [`${lostAnswers} of its answers are lost`]),
  ];
  return troubles.length === 0 ? [] : [`The provider: ${troubles.join('; ')}.`];
}

function mixInWords(mix: UserMix): string {
  return userModelNames
    .filter((name) => (mix[name] ?? 0) > 0)
    .map((name) => `${Math.round(1000 * (mix[name] ?? 0)) / 10} % ${name}`)
    .join(', ');
}

const units = [
  [DAY, 'days', 'a day'],
  [HOUR, 'hours', 'an hour'],
  [MINUTE, 'minutes', 'a minute'],
] as const;

function lengthInWords(length: number): string {
  const unit = units.find(([size]) => length >= size && length % size === 0);
  if (!unit) return `${grouped(length / 1000)} s`;
  return length === unit[0] ? unit[2] : `${grouped(length / unit[0])} ${unit[1]}`;
}
