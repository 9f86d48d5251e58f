/** The accounts of a simulation: what a row of each would hold, in one array a fact, so that a million of them take no more
 *  than 100 MB and none is allocated on the way. Called by simulate-policy.ts and simulated-gateway.ts.
 *  Every time is a moment of the virtual clock in milliseconds; NONE where there is none. */

export const NONE = -1;

export const NO_PLACE = 0;
export const BEHIND = 1;
/** Somebody waits. */
export const AHEAD = 2;

export interface Fleet {
  /** When the user consented; NONE before they did. */
  readonly grantedAt: Float64Array;
  readonly issuedAt: Float64Array;
  readonly retryAt: Float64Array;
  /** The pause before `retryAt`; 0 after a success. */
  readonly backoff: Float64Array;
  readonly lastActiveAt: Float64Array;
  /** When a refresh was sent whose answer never came. */
  readonly openTryAt: Float64Array;
  readonly alarmAt: Float64Array;
  readonly useAt: Float64Array;
  readonly version: Uint32Array;
  /** Token requests so far: each has a chance of its own. */
  readonly sends: Uint32Array;
  /** 1 once the provider has said that the grant is over. */
  readonly isRefused: Uint8Array;
  /** 1 once the access token that stands was used. */
  readonly isUsed: Uint8Array;
  /** While a refresh waits for its place within the budget, until `alarmAt`: which line it stands in. */
  readonly holdsPlace: Uint8Array;
}

export function createFleet(accounts: number): Fleet {
  return {
    grantedAt: new Float64Array(accounts).fill(NONE),
    issuedAt: new Float64Array(accounts),
    retryAt: new Float64Array(accounts).fill(NONE),
    backoff: new Float64Array(accounts),
    lastActiveAt: new Float64Array(accounts).fill(NONE),
    openTryAt: new Float64Array(accounts).fill(NONE),
    alarmAt: new Float64Array(accounts).fill(Infinity),
    useAt: new Float64Array(accounts).fill(Infinity),
    version: new Uint32Array(accounts),
    sends: new Uint32Array(accounts),
    isRefused: new Uint8Array(accounts),
    isUsed: new Uint8Array(accounts),
    holdsPlace: new Uint8Array(accounts),
  };
}

/** The fact of an account that exists. */
export function read(facts: Float64Array | Uint32Array | Uint8Array, account: number): number {
  return facts[account] ?? NONE;
}

/** As the rest of the code writes it. */
export function orNull(moment: number): number | null {
  return moment === NONE ? null : moment;
}
