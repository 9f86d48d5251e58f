/** Takes a free port of 127.0.0.1 for a plain node:http server. Called by the upstream and the pass-through. */
import { once } from 'node:events';
import type { Server } from 'node:http';

export async function listenOnLoopback(server: Server): Promise<{ url: string; close: () => Promise<unknown> }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      return closed;
    },
  };
}
