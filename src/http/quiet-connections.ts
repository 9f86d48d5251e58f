/** Tells connections on which a request is under way from those that say nothing, for the end of the server. Called by
 *  server.ts. A browser opens connections ahead and a load balancer keeps some ready; each of them would hold the end back
 *  until it idles out, and with it the refreshes and the database that are closed after the server.
 *  Must never: cut a connection that waits for its answer, or has begun to ask. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface QuietConnections {
  /** Ends what is quiet now, and from now on whatever comes or falls quiet. */
  end(): void;
}

interface Use {
  requests: number;
  /** What had come when the last request ended: more than that is the beginning of another one. */
  readBefore: number;
}

export function watchConnections(server: Server): QuietConnections {
  const uses = new Map<Socket, Use>();
  let isEnding = false;

  server.on('connection', (socket: Socket) => {
    uses.set(socket, { requests: 0, readBefore: 0 });
    socket.once('close', () => uses.delete(socket));
    if (isEnding) socket.destroy();
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const use = uses.get(socket);
    if (!use) return;
    use.requests += 1;
    response.once('close', () => {
      use.requests -= 1;
      use.readBefore = socket.bytesRead;
      if (isEnding) endIfQuiet(socket, use);
    });
  });

  return {
    end() {
      isEnding = true;
      for (const [socket, use] of uses) endIfQuiet(socket, use);
    },
  };
}

function endIfQuiet(socket: Socket, { requests, readBefore }: Use): void {
  // destroySoon lets bytes of an answer go out that the kernel has not taken yet.
  if (requests === 0 && socket.bytesRead === readBefore) socket.destroySoon();
}
