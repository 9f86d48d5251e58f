/** By what an address is counted: itself, or of IPv6 its /64, since one customer has as many addresses there as they like
 *  (RFC 6177). Called by admission.ts and connection-limit.ts. */
import { isIPv6 } from 'node:net';

export function addressKey(address: string): string {
  const bare = address.replace(/%.*$/, ''); // the zone is where it came in, not who it is
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(bare) ? `${networkOf(bare)}::/64` : bare;
}

/** The URL parser writes every form of an address in one way (RFC 5952), with :: in place of the longest row of zeros. */
function networkOf(address: string): string {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const start = head.split(':').filter(Boolean);
  const end = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array<string>(Math.max(8 - start.length - end.length, 0)).fill('0');
  return [...start, ...zeros, ...end].slice(0, 4).join(':');
}
