/** What counts as this machine itself, where plain http may be spoken. Used for the URLs of the configuration; outbound
 *  checks the addresses again when it connects. */
import ipaddr from 'ipaddr.js';

/** `host` as URL.hostname or a bare address: localhost, 127.0.0.0/8, ::1 (in brackets or not). */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || (ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'loopback');
}

/** https, or plain http on this machine. */
export function isSafeWebUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}
