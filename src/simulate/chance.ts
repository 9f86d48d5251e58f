/** Chance that can be repeated: the n-th draw of an account is a hash of the seed, the account and n. Called by
 *  simulate-policy.ts, users.ts. An account meets the same chances under every policy and beside any others, so that
 *  policies are compared on the same users. */

/** From 0 to 1, 1 excluded. */
export function draw(seed: number, account: number, n: number): number {
  const key = mix((seed + Math.imul(account + 1, 0x9e3779b1)) | 0); // one to one: no two accounts share a key
  return (mix(key ^ Math.imul(n + 1, 0x85ebca6b)) >>> 0) / 0x1_0000_0000;
}

/** A time to wait that is as likely to end now as later: exponential, with this mean. */
export function waitOf(mean: number, chance: number): number {
  return -mean * Math.log(1 - chance);
}

/** How often until the end, where each time may be the last: geometric, 1 at least, with this mean. */
export function countOf(mean: number, chance: number): number {
  return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - chance) / Math.log(1 - 1 / mean));
}

/** The finalizer of MurmurHash3: every bit of the number moves every bit of the hash. */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
