/** A provider's own book: every pair of tokens that it issued, what became of each, and which grants it ended. Pure but for
 *  the time it is given. The crash test compares what Latchkey believes with what stands here. */

/** What the provider does with a refresh token that was spent before; Rotation.replay of providers/dialect.ts. */
export type LedgerMode = 'stable' | 'grace' | 'untilFirstUse' | 'revokes';

export interface IssuedPair {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface Ledger {
  /** A person consents: a new grant of this name. */
  consent(name: string): IssuedPair;
  /** Null is invalid_grant. A token that must not come again ends its grant (RFC 9700 §4.14.2). */
  refresh(refreshToken: string): IssuedPair | null;
  /** An API call; answers whether the grant lives. */
  use(accessToken: string): boolean;
  /** Whether this refresh token would be taken now. */
  isAlive(refreshToken: string): boolean;
  counts(): { readonly issued: number; readonly grants: number; readonly ended: number };
}

interface Grant {
  readonly name: string;
  isEnded: boolean;
}

/** One pair. */
interface Issue {
  readonly grant: Grant;
  readonly pair: IssuedPair;
  readonly parent: Issue | null;
  spentAt: number | null;
  /** The first use of either token: from then on the parent is over. */
  isUsed: boolean;
  /** Another pair was issued in its place before it was used. */
  isVoid: boolean;
  child: Issue | null;
}

export function createLedger(parts: { mode: LedgerMode; graceMs: number; now: () => number }): Ledger {
  const { mode, graceMs, now } = parts;
  const byRefreshToken = new Map<string, Issue>();
  const byAccessToken = new Map<string, Issue>();
  const grants: Grant[] = [];

  return {
    consent(name) {
      const grant = { name, isEnded: false };
      grants.push(grant);
      return issue(grant, null).pair;
    },

    refresh(refreshToken) {
      const sent = byRefreshToken.get(refreshToken);
      if (!sent || sent.grant.isEnded) return null;
      if (mode === 'stable') return issueAgain(sent);
      if (sent.isVoid || (sent.spentAt !== null && !mayComeAgain(sent))) {
        sent.grant.isEnded = true;
        return null;
      }
      sent.isUsed = true;
      sent.spentAt ??= now();
      if (sent.child) sent.child.isVoid = true;
      sent.child = issue(sent.grant, sent);
      return sent.child.pair;
    },

    use(accessToken) {
      const used = byAccessToken.get(accessToken);
      if (!used || used.grant.isEnded) return false;
      used.isUsed = true;
      return true;
    },

    isAlive(refreshToken) {
      const held = byRefreshToken.get(refreshToken);
      return held !== undefined && !held.grant.isEnded && !held.isVoid && held.spentAt === null;
    },

    counts: () => ({
      issued: byAccessToken.size,
      grants: grants.length,
      ended: grants.filter(({ isEnded }) => isEnded).length,
    }),
  };

  function mayComeAgain({ spentAt, child }: Issue): boolean {
    switch (mode) {
      case 'grace':
        return now() - (spentAt ?? 0) <= graceMs && child?.isUsed !== true;
      case 'untilFirstUse':
        return child?.isUsed !== true;
      case 'stable':
      case 'revokes':
        return false;
      default:
        return mode satisfies never;
    }
  }

  function issue(grant: Grant, parent: Issue | null): Issue {
    const number = byAccessToken.size;
    const pair = { accessToken: `access-${number}-${grant.name}`, refreshToken: `refresh-${number}-${grant.name}` };
    const issued: Issue = { grant, pair, parent, spentAt: null, isUsed: false, isVoid: false, child: null };
    byRefreshToken.set(pair.refreshToken, issued);
    byAccessToken.set(pair.accessToken, issued);
    return issued;
  }

  function issueAgain(sent: Issue): IssuedPair {
    const accessToken = `access-${byAccessToken.size}-${sent.grant.name}`;
    byAccessToken.set(accessToken, sent);
    return { accessToken, refreshToken: sent.pair.refreshToken };
  }
}
