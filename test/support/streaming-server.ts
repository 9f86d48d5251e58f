/** A server on 127.0.0.1 whose answers the test writes byte by byte, for tests of bodies that flow.
 *      const server = await startStreamingServer();
 *      server.on('/events', (request, response) => response.write('data: 1\n\n'));  */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface StreamingServer {
  readonly origin: string;
  /** Each request that came, with its target as it was written. */
  readonly requests: readonly IncomingMessage[];
  /** Connections that are open now. */
  openConnections(): number;
  /** From now on, requests to the path (without its query) get this; others get 404. */
  on(path: string, handler: Handler): void;
  close(): Promise<void>;
}

export async function startStreamingServer(): Promise<StreamingServer> {
  const handlers = new Map<string, Handler>();
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ requestTimeout: 0, headersTimeout: 0 }, (request, response) => {
    requests.push(request);
    const [path = ''] = (request.url ?? '').split('?');
    const handler = handlers.get(path);
    if (handler) handler(request, response);
    else response.writeHead(404).end();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    openConnections: () => sockets.size,
    on: (path, handler) => void handlers.set(path, handler),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
