/** Measures reads of profiles: by provider, how long and with what end. Called by app.ts around the profiles that connect and
 *  proxy get. */
import type { Clock } from '../clock.js';
import { Fault } from '../errors.js';
import type { Metrics } from '../observe/measures.js';
import type { Profiles } from './fetch-profile.js';
import { AccessTokenRefused } from './provider-profile.js';

export function measureProfiles(
  profiles: Profiles,
  { metrics, clock }: { readonly metrics: Pick<Metrics, 'profileRequestEnded'>; readonly clock: Clock },
): Profiles {
  return {
    async fetch(request) {
      const startedAt = clock.monotonic();
      const tell = (outcome: Parameters<Metrics['profileRequestEnded']>[0]['outcome']): void =>
        metrics.profileRequestEnded({
          provider: request.provider.id,
          outcome,
          tookMs: clock.monotonic() - startedAt,
        });
      try {
        const profile = await profiles.fetch(request);
        tell('ANSWERED');
        return profile;
      } catch (error) {
        tell(endOf(error));
        throw error;
      }
    },
  };
}

function endOf(error: unknown) {
  if (error instanceof AccessTokenRefused) return 'TOKEN_REFUSED';
  return error instanceof Fault ? error.code : 'INTERNAL';
}
