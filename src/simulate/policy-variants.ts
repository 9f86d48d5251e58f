/** The policies that a simulation sets side by side for one provider. Called by cli/simulate.ts. What the provider demands
 *  (from when on it takes a refresh, how many a second) stays the same in all of them; when Latchkey wants one differs. */
import type { RefreshPolicy } from '../providers/provider.js';
import type { ProviderRules } from './scenario.js';
import { DAY, MINUTE } from './user-models.js';

export interface NamedPolicy {
  readonly name: string;
  readonly policy: RefreshPolicy;
}

export const variantNames = [
  'scheduled',
  'scheduled-with-jitter',
  'lazy',
  'lazy-with-keep-alive',
  'when-active',
  'when-active-with-keep-alive',
  'never',
] as const;

export type VariantName = (typeof variantNames)[number];

/** Where nothing is said of refresh tokens that die unused. */
const PRECAUTION = 60 * DAY;
const USUAL_IDLE = 3 * DAY;
const USUAL_LEAD = MINUTE;

export function policyVariant(
  name: VariantName,
  {
    configured,
    rules,
  }: {
    configured: RefreshPolicy;
    rules: Pick<ProviderRules, 'accessTokenLife' | 'refreshTokenLife' | 'refreshTokenEnd'>;
  },
): RefreshPolicy {
  const bare: RefreshPolicy = {
    ...configured,
    leadSeconds: USUAL_LEAD / 1000,
    jitterSeconds: null,
    idleAfterSeconds: null,
    keepAliveSeconds: null,
  };
  const keepAliveSeconds = configured.keepAliveSeconds ?? keepAliveOf(rules);
  const whenActive = {
    mode: 'WHEN_ACTIVE',
    idleAfterSeconds: configured.idleAfterSeconds ?? USUAL_IDLE / 1000,
  } as const;
  switch (name) {
    case 'scheduled':
      return { ...bare, mode: 'SCHEDULED' };
    case 'scheduled-with-jitter':
      return { ...bare, mode: 'SCHEDULED', jitterSeconds: configured.jitterSeconds ?? jitterOf(rules) };
    case 'lazy':
      return { ...bare, mode: 'LAZY' };
    case 'lazy-with-keep-alive':
      return { ...bare, mode: 'LAZY', keepAliveSeconds };
    case 'when-active':
      return { ...bare, ...whenActive };
    case 'when-active-with-keep-alive':
      return { ...bare, ...whenActive, keepAliveSeconds };
    case 'never':
      return { ...bare, mode: 'NEVER' };
    default:
      return name satisfies never;
  }
}

/** A third of the time after which they die unused: two may fail. */
function keepAliveOf({
  refreshTokenLife,
  refreshTokenEnd,
}: Pick<ProviderRules, 'refreshTokenLife' | 'refreshTokenEnd'>): number {
  const pause = refreshTokenEnd === 'idle' && refreshTokenLife !== null ? refreshTokenLife / 3 : PRECAUTION;
  return Math.round(pause / 1000);
}

/** A tenth of the access token's life. */
function jitterOf({ accessTokenLife }: Pick<ProviderRules, 'accessTokenLife'>): number {
  return Math.round((accessTokenLife ?? 10 * MINUTE) / 10_000);
}
