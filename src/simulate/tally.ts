/** Counts what happens in a simulation and says what it comes to for all accounts. Called by simulate-policy.ts, in the
 *  order of time. Each event stands for `scale` of them: counts are multiplied at the end. */

/** Why a grant ended. UNUSED: nobody sent its refresh token in time. FIXED_END: the consent was for so long, whatever
 *  anyone does. FAILING: refreshes were tried, and failed until it ended. ANSWER_LOST: an answer never arrived, and the
 *  provider does not take the refresh token twice. */
export type LossReason = 'UNUSED' | 'FIXED_END' | 'FAILING' | 'ANSWER_LOST';

export interface PolicyFigures {
  /** Token requests, the failed ones too. */
  readonly refreshes: number;
  readonly refreshesPerDay: number;
  readonly failedRefreshes: number;
  /** The most token requests within one second. */
  readonly peakPerSecond: number;
  /** Of the access tokens that refreshes brought and that are over: the share that nobody used. Null where there are none. */
  readonly wastedShare: number | null;
  readonly uses: number;
  /** Uses that had to wait for a refresh. */
  readonly waits: number;
  readonly waitsPerThousandUses: number;
  /** Uses that got no access token, because a refresh failed or was not allowed yet. */
  readonly failedUses: number;
  /** Grants that ended. */
  readonly lost: number;
  readonly lostBecause: Readonly<Record<LossReason, number>>;
  /** People who came back to a grant that had ended and were asked to connect again. */
  readonly reconnects: number;
}

export interface Tally {
  use(): void;
  wait(): void;
  failUse(): void;
  refresh(now: number): void;
  failRefresh(): void;
  /** An access token that a refresh had brought is over. */
  retire(token: { readonly isUsed: boolean }): void;
  lose(why: LossReason): void;
  reconnect(): void;
  figures(): PolicyFigures;
}

export function createTally({ scale, days }: { scale: number; days: number }): Tally {
  const count = { uses: 0, waits: 0, failedUses: 0, refreshes: 0, failedRefreshes: 0, retired: 0, wasted: 0 };
  const lost: Record<LossReason, number> = { UNUSED: 0, FIXED_END: 0, FAILING: 0, ANSWER_LOST: 0 };
  let reconnects = 0;
  const second = createPeak(1000);
  // As many of the sample fall into `scale` seconds as of all accounts into one.
  const seconds = createPeak(1000 * scale);

  return {
    use: () => void (count.uses += 1),
    wait: () => void (count.waits += 1),
    failUse: () => void (count.failedUses += 1),
    refresh(now) {
      count.refreshes += 1;
      second.note(now);
      seconds.note(now);
    },
    failRefresh: () => void (count.failedRefreshes += 1),
    retire({ isUsed }) {
      count.retired += 1;
      if (!isUsed) count.wasted += 1;
    },
    lose: (why) => void (lost[why] += 1),
    reconnect: () => void (reconnects += 1),
    figures: () => ({
      refreshes: whole(count.refreshes),
      refreshesPerDay: (count.refreshes * scale) / days,
      failedRefreshes: whole(count.failedRefreshes),
      peakPerSecond: peakOf(second.most(), seconds.most()),
      wastedShare: count.retired === 0 ? null : count.wasted / count.retired,
      uses: whole(count.uses),
      waits: whole(count.waits),
      waitsPerThousandUses: count.uses === 0 ? 0 : (1000 * count.waits) / count.uses,
      failedUses: whole(count.failedUses),
      lost: whole(Object.values(lost).reduce((sum, one) => sum + one, 0)),
      lostBecause: {
        UNUSED: whole(lost.UNUSED),
        FIXED_END: whole(lost.FIXED_END),
        FAILING: whole(lost.FAILING),
        ANSWER_LOST: whole(lost.ANSWER_LOST),
      },
      reconnects: whole(reconnects),
    }),
  };

  function whole(counted: number): number {
    return Math.round(counted * scale);
  }

  /** A sample's crowd within one second is the whole's, divided, unless chance made it: so much of it is beyond chance. */
  function peakOf(inSecond: number, inSeconds: number): number {
    if (scale === 1) return inSecond;
    return Math.max(inSeconds, Math.round(scale * (inSecond - 3 * Math.sqrt(inSecond))));
  }
}

/** The most events within one stretch of this length. */
function createPeak(length: number): { note(now: number): void; most(): number } {
  let stretch = -1;
  let events = 0;
  let most = 0;
  return {
    note(now) {
      const current = Math.floor(now / length);
      events = current === stretch ? events + 1 : 1;
      stretch = current;
      most = Math.max(most, events);
    },
    most: () => most,
  };
}
