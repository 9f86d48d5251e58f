/** The `lookup` of every outbound connection: resolves a name and refuses it when any of its addresses is refused.
 *  Called by the connector, so the addresses that pass here are the very ones that are connected to. */
import { lookup as dnsLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isAddressAllowed, type Network } from './address-policy.js';
import { OutboundError } from './outbound.js';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export const systemResolve: Resolve = (hostname) => dnsLookup(hostname, { all: true });

export function createCheckedLookup(network: Network, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    void answerLookup(resolveChecked(hostname, network, resolve), options.all === true, callback);
  };
}

type LookupCallback = Parameters<LookupFunction>[2];

async function answerLookup(
  resolving: Promise<AtLeastOne>,
  isAllWanted: boolean,
  callback: LookupCallback,
): Promise<void> {
  const [error, addresses] = await settle(resolving);
  if (addresses === null) callback(error, '', 0);
  else if (isAllWanted) callback(null, [...addresses]);
  else callback(null, addresses[0].address, addresses[0].family);
}

async function settle(resolving: Promise<AtLeastOne>): Promise<[Error, null] | [null, AtLeastOne]> {
  try {
    return [null, await resolving];
  } catch (error) {
    return [error instanceof Error ? error : new Error('the name could not be resolved', { cause: error }), null];
  }
}

type AtLeastOne = readonly [ResolvedAddress, ...ResolvedAddress[]];

async function resolveChecked(hostname: string, network: Network, resolve: Resolve): Promise<AtLeastOne> {
  const [first, ...others] = await resolve(hostname);
  if (first === undefined) throw new OutboundError('not_sent', `${hostname} has no address`);
  const refused = [first, ...others].find((one) => !isAddressAllowed(one.address, network));
  if (refused)
    throw new OutboundError('refused_address', `${hostname} resolves to ${refused.address}, which is refused`);
  return [first, ...others];
}
