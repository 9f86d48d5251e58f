/** What the rehearsed provider knows of people, codes and tokens, by the rules that its definition states: lifetimes, rotation
 *  and replay. Called by the endpoints of this room. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { Provider } from '../providers/provider.js';

/** What was agreed to on the authorization page, and what the exchange has to prove. */
export interface Consent {
  readonly person: string;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly codeChallenge: string | null;
  readonly nonce: string | null;
}

export interface Grant {
  readonly consent: Consent;
  refreshToken: string;
  /** The one before, and when the one that stands was given in its place. */
  previous: { readonly token: string; readonly at: number } | null;
  newestAccessToken: string;
  /** The newest that a client is known to have. */
  knownAccessToken: string;
  isNewestUsed: boolean;
  isDead: boolean;
  /** Whether its first token was exchanged for one that lives longer. */
  isTraded: boolean;
  refreshes: number;
}

export interface Issued {
  readonly grant: Grant;
  readonly accessToken: string;
  /** Null where none is given out. */
  readonly refreshToken: string | null;
  /** Seconds; null where it does not end. */
  readonly expiresIn: number | null;
  /** Seconds; null where nobody says. */
  readonly refreshTokenExpiresIn: number | null;
}

export interface Grants {
  addCode(consent: Consent): string;
  /** Once. */
  takeCode(code: string): Consent | null;
  open(consent: Consent): Issued;
  /** A longer-lived token for one that lives; null for one that does not. */
  exchange(accessToken: string): Issued | null;
  /** Null for a token that is over or was spent. */
  refresh(refreshToken: string): Issued | null;
  /** The grant behind an access token that lives; it is then used. */
  use(accessToken: string): Grant | null;
  /** The grant that a token of it names, dead or alive. */
  find(token: string): Grant | null;
  /** Of an access token, epoch milliseconds. */
  timesOf(accessToken: string): AccessTimes | null;
  /** The newest grant of the person. */
  ofPerson(person: string): Grant | null;
  /** Whether a refresh with the token would bring one now. Changes nothing. */
  takes(refreshToken: string): boolean;
  /** The access token is over before its time. */
  endAccessToken(accessToken: string): void;
  /** Every grant of the person is over. */
  end(person: string): void;
}

export interface AccessTimes {
  readonly issuedAt: number;
  /** Null where it does not end. */
  readonly endsAt: number | null;
}

export type TokenRules = Pick<Provider, 'dialect' | 'rotation' | 'lifetimes' | 'refreshPolicy'>;

/** Where nothing is said of it, an access token lives an hour, as most do. */
const USUAL_SECONDS = 3600;

export function createGrants(provider: TokenRules, { now }: Pick<Clock, 'now'>): Grants {
  const { rotation, lifetimes } = provider;
  const codes = new Map<string, Consent>();
  const grants: Grant[] = [];
  const byToken = new Map<string, Grant>();
  const accessTimes = new Map<string, AccessTimes>();

  return {
    addCode(consent) {
      const code = randomBytes(20).toString('base64url');
      codes.set(code, consent);
      return code;
    },
    takeCode(code) {
      const consent = codes.get(code) ?? null;
      codes.delete(code);
      return consent;
    },
    open(consent) {
      const grant: Grant = {
        consent,
        refreshToken: newToken('refresh'),
        previous: null,
        newestAccessToken: '',
        knownAccessToken: '',
        isNewestUsed: false,
        isDead: false,
        isTraded: false,
        refreshes: 0,
      };
      grants.push(grant);
      byToken.set(grant.refreshToken, grant);
      const issued = issue(grant, true);
      grant.knownAccessToken = issued.accessToken;
      return issued;
    },
    exchange(accessToken) {
      const grant = byToken.get(accessToken);
      if (!grant || !isAlive(grant, accessToken)) return null;
      grant.isTraded = true;
      if (isAccessTokenSpent(provider)) rotate(grant, accessToken);
      const issued = issue(grant, true);
      grant.knownAccessToken = issued.accessToken;
      return issued;
    },
    refresh(refreshToken) {
      const grant = byToken.get(refreshToken);
      if (!grant || !takes(grant, refreshToken)) {
        if (grant) grant.isDead = true; // RFC 9700 §4.14.2
        return null;
      }
      grant.refreshes += 1;
      const isRotated = doesRotate(grant);
      if (isRotated) rotate(grant, refreshToken);
      return issue(grant, isRotated || rotation.rotates === 'never');
    },
    use(accessToken) {
      const grant = byToken.get(accessToken);
      if (!grant || !isAlive(grant, accessToken)) return null;
      grant.knownAccessToken = accessToken;
      if (accessToken === grant.newestAccessToken) grant.isNewestUsed = true;
      return grant;
    },
    find: (token) => byToken.get(token) ?? null,
    timesOf: (accessToken) => accessTimes.get(accessToken) ?? null,
    ofPerson: (person) => grants.findLast((grant) => grant.consent.person === person) ?? null,
    takes(refreshToken) {
      const grant = byToken.get(refreshToken);
      return grant !== undefined && takes(grant, refreshToken);
    },
    endAccessToken: (accessToken) => void accessTimes.set(accessToken, { issuedAt: now(), endsAt: now() }),
    end: (person) => {
      for (const grant of grants) if (grant.consent.person === person) grant.isDead = true;
    },
  };

  function issue(grant: Grant, isRefreshTokenSent: boolean): Issued {
    const expiresIn = doesExpire(provider) ? (lifetimes.accessTokenSeconds ?? USUAL_SECONDS) : null;
    const isOne = isAccessTokenSpent(provider);
    const accessToken = isOne ? grant.refreshToken : newToken('access');
    grant.newestAccessToken = accessToken;
    grant.isNewestUsed = false;
    byToken.set(accessToken, grant);
    const issuedAt = now();
    accessTimes.set(accessToken, { issuedAt, endsAt: expiresIn === null ? null : issuedAt + expiresIn * 1000 });
    const hasRefreshToken = isOne || (isRefreshTokenSent && doesRenew(provider));
    return {
      grant,
      accessToken,
      refreshToken: hasRefreshToken ? grant.refreshToken : null,
      expiresIn,
      refreshTokenExpiresIn: hasRefreshToken ? lifetimes.refreshTokenSeconds : null,
    };
  }

  function isAlive({ isDead }: Grant, accessToken: string): boolean {
    return !isDead && now() < (accessTimes.get(accessToken)?.endsAt ?? Infinity);
  }

  /** One that does it now and then does it at the first refresh, and at every other one after. */
  function doesRotate({ refreshes }: Grant): boolean {
    if (isAccessTokenSpent(provider) || rotation.rotates === 'always' || rotation.rotates === 'unknown') return true;
    return rotation.rotates === 'sometimes' && refreshes % 2 === 1;
  }

  function rotate(grant: Grant, spent: string): void {
    grant.refreshToken = newToken('refresh');
    grant.previous = { token: spent, at: now() };
    byToken.set(grant.refreshToken, grant);
  }

  function takes(grant: Grant, refreshToken: string): boolean {
    return !grant.isDead && (refreshToken === grant.refreshToken || mayReplay(grant, refreshToken));
  }

  function mayReplay({ previous, isNewestUsed }: Grant, token: string): boolean {
    if (rotation.replay === 'stable') return true;
    if (previous?.token !== token) return false;
    if (rotation.replay === 'untilFirstUse') return !isNewestUsed;
    if (rotation.replay !== 'grace' || (rotation.endsAtFirstUse && isNewestUsed)) return false;
    return now() < previous.at + (rotation.graceSeconds ?? 0) * 1000;
  }
}

/** Whether its access tokens end: those of which the policy says never do not. */
export function doesExpire({ refreshPolicy, lifetimes }: Pick<TokenRules, 'refreshPolicy' | 'lifetimes'>): boolean {
  return refreshPolicy.mode !== 'NEVER' || lifetimes.accessTokenSeconds !== null;
}

/** Whether there is anything to refresh with. */
export function doesRenew(provider: Pick<TokenRules, 'refreshPolicy'>): boolean {
  return provider.refreshPolicy.mode !== 'NEVER';
}

/** Providers that renew a living access token, and have no refresh token: the access token is what is spent. */
function isAccessTokenSpent({ dialect: { tokens } }: Pick<TokenRules, 'dialect'>): boolean {
  return tokens.refresh_token !== null && tokens.refresh_token === (tokens.access_token ?? 'access_token');
}

function newToken(kind: 'access' | 'refresh'): string {
  return `rehearsed-${kind}-${randomBytes(24).toString('base64url')}`;
}
