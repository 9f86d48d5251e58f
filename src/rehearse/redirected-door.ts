/** The door to other people's servers, with one server on this machine behind it for all of them. Called by
 *  rehearsal-world.ts. What the real door refuses (an origin that is not allowed, plain http, an address of this machine) is
 *  refused of the provider's own address, before it is carried to this machine by the real door. */
import { checkDestination } from '../outbound/destination.js';
import type { Outbound } from '../outbound/outbound.js';
import type { OutboundStreams } from '../outbound/streams.js';
import { toLoopback } from './loopback-addresses.js';

type Addressed = Parameters<typeof checkDestination>[0];

export function redirectOutbound(outbound: Outbound, serverOrigin: string): Outbound {
  return {
    send: (request) => outbound.send({ ...request, ...redirected(request, serverOrigin) }),
    close: () => outbound.close(),
  };
}

export function redirectStreams(streams: OutboundStreams, serverOrigin: string): OutboundStreams {
  return {
    open: (request) => streams.open({ ...request, ...redirected(request, serverOrigin) }),
    close: () => streams.close(),
  };
}

function redirected(request: Addressed, serverOrigin: string) {
  const url = toLoopback(serverOrigin, checkDestination(request));
  return { url, allowedOrigins: [serverOrigin], network: 'loopback' } as const;
}
