/** Where in the jitter an account's refresh lies: 0 to 1, even over many accounts, and the same whoever asks as long as
 *  the version stands. Called by schedule.ts. No secret: it only keeps accounts apart. */

/** FNV-1a, 32 bits, and a last mixing, since ids of one moment differ in few characters. */
export function spreadOf(accountId: string, version: number): number {
  let hash = 0x811c9dc5;
  for (const character of `${accountId} ${version}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
