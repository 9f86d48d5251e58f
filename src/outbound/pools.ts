/** Pools of kept-alive connections, one a network, so that a connection opened under the loopback rule can never serve a
 *  public request. Called by create-outbound.ts and create-streams.ts, each for pools of its own: streams that stay open
 *  must not take the places of token requests. */
import { Agent } from 'undici';
import type { Network } from './address-policy.js';
import { createCheckedLookup, type Resolve } from './checked-lookup.js';

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16 * 1024;

export interface Pools {
  of(network: Network): Agent;
  /** Ends every connection, with what is under way on it. */
  destroy(): Promise<void>;
}

export function createPools({
  resolve,
  connectionsPerOrigin,
}: {
  readonly resolve: Resolve;
  readonly connectionsPerOrigin: number;
}): Pools {
  const pools: Readonly<Record<Network, Agent>> = { public: createPool('public'), loopback: createPool('loopback') };
  return {
    of: (network) => pools[network],
    async destroy() {
      await Promise.all([pools.public.destroy(), pools.loopback.destroy()]);
    },
  };

  function createPool(network: Network): Agent {
    return new Agent({
      connect: { lookup: createCheckedLookup(network, resolve), timeout: CONNECT_TIMEOUT_MS },
      connections: connectionsPerOrigin,
      maxHeaderSize: MAX_HEADER_BYTES,
      pipelining: 1,
      // The requests' own limits bound both; undici's would only blur which limit was hit.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}
