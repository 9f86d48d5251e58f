/** Decides whether an address may be connected to. Pure; called for literal hosts before a request and for every address
 *  that DNS gives, at connect time, so that a name which changes its mind between check and use gains nothing.
 *  What is not plainly public is refused: private, loopback, link-local, carrier NAT, documentation, multicast, and the
 *  IPv6 forms that carry an IPv4 address in them (mapped, compatible, 6to4, NAT64, Teredo). */
import ipaddr from 'ipaddr.js';

export type Network = 'public' | 'loopback';

/** RFC 4291 §2.4, IANA: global unicast is 2000::/3; the rest is special, reserved, or not assigned. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

export function isAddressAllowed(address: string, network: Network): boolean {
  // RFC 4007 §11: an address with a zone means one link of this machine, and no name on the internet has such.
  if (address.includes('%') || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address); // ::ffff:127.0.0.1 becomes 127.0.0.1
  if (network === 'loopback') return parsed.range() === 'loopback';
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
}

/** The address in a URL's host, or null where the host is a name. The URL parser has already turned decimal, octal and
 *  hexadecimal forms (http://2130706433, http://0177.1) into four dotted numbers. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.startsWith('[') && hostname.endsWith(']') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : null;
}
