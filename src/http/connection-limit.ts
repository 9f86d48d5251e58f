/** How many connections are open at the same time, in all and for one address. Called by server.ts.
 *  Whoever opens connections and says nothing on them (slowloris) runs into the time limits of the server; until then they
 *  hold half of the places at most, so that others find one. A trusted proxy speaks for many and may hold all. */
import { BlockList, isIPv6 } from 'node:net';
import type { Server, Socket } from 'node:net';
import { addressKey } from './address-key.js';
import { createConcurrency } from './concurrency.js';

export interface ConnectionLimitOptions {
  readonly connections: number;
  /** Addresses and ranges (CIDR). */
  readonly trustedProxies: readonly string[];
}

export function limitConnections(server: Server, { connections, trustedProxies }: ConnectionLimitOptions): void {
  const proxies = listOf(trustedProxies);
  const places = createConcurrency(Math.floor(connections / 2));
  server.maxConnections = connections;
  // Before the server's own listener, which would begin to read.
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress;
    if (address === undefined || isListed(proxies, address)) return;
    const leave = places.enter(addressKey(address));
    if (leave) socket.once('close', leave);
    else socket.destroy();
  });
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

function isListed(list: BlockList, address: string): boolean {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return list.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4');
}
