/** Whether a refresh comes at a time at which the provider takes one, by its policy and the token that the client has. Called by token-endpoints.ts. */
import type { Scene } from './endpoint.js';
import type { Grant } from './grants.js';

export function faultsOfMoment({ provider, clock, grants }: Scene, grant: Grant | null): string[] {
  const { notBeforeSeconds, minimumAgeSeconds, notAfterSeconds } = provider.refreshPolicy;
  const times = grant && grants.timesOf(grant.knownAccessToken);
  if (!times) return [];
  const ageSeconds = (clock.now() - times.issuedAt) / 1000;
  const leftSeconds = times.endsAt === null ? null : (times.endsAt - clock.now()) / 1000;
  const isEarly = leftSeconds !== null && notBeforeSeconds !== null && leftSeconds > notBeforeSeconds;
  const isYoung = minimumAgeSeconds !== null && ageSeconds < minimumAgeSeconds;
  const isLate = leftSeconds !== null && notAfterSeconds !== null && leftSeconds < notAfterSeconds;
  return [
    ...(isEarly ? ['it comes earlier than notBeforeSeconds allows'] : []),
    ...(isYoung ? ['it comes for an access token that is younger than minimumAgeSeconds'] : []),
    ...(isLate ? ['it comes later than notAfterSeconds allows'] : []),
  ];
}
