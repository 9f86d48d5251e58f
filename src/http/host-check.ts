/** Knows which Hosts are ours. Others are refused before anything else looks at the request: a page of another name that resolves
 *  to this machine (DNS rebinding) must get nothing. Called by server.ts for every request, whatever its method or path. */
import type { ServerConfig } from '../config/config.js';

export interface HostCheck {
  /** `host` is the Host header, or X-Forwarded-Host where a trusted proxy sent it. */
  isKnown(host: string): boolean;
  /** Lets `:0` among the allowed hosts stand for the port that the system gave. */
  learnPort(port: number): void;
}

export function createHostCheck({ allowedHosts }: Pick<ServerConfig, 'allowedHosts'>): HostCheck {
  const known = new Set(allowedHosts.filter((host) => !host.endsWith(':0')));
  return {
    isKnown: (host) => known.has(host.toLowerCase()),
    learnPort(port) {
      for (const host of allowedHosts) if (host.endsWith(':0')) known.add(host.replace(/:0$/, `:${port}`));
    },
  };
}
