/** A provider's own addresses, carried in the path of one on this machine: https://api.example/token becomes
 *  http://127.0.0.1:4711/https/api.example/token. So a definition is rehearsed with the very addresses that stand in it, and
 *  with all that is checked of them. Called by the door and the server of this room. */

export function toLoopback(serverOrigin: string, url: URL): string {
  return `${serverOrigin}/${url.protocol.replace(':', '')}/${url.host}${url.pathname}${url.search}`;
}

/** Null for a path that carries none. */
export function fromLoopback(path: string): URL | null {
  const parts = /^\/(https?)\/([^/?#]+)(.*)$/s.exec(path);
  const address = parts ? `${parts[1]}://${parts[2]}${parts[3]}` : '';
  return URL.canParse(address) ? new URL(address) : null;
}
