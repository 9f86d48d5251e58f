/** Takes the configured address, or says in one sentence why it cannot be taken. Called by server.ts. */
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.js';
import { StartFault } from '../config/start-fault.js';

/** The port that is listened on. Throws StartFault. */
export async function listenOn(app: FastifyInstance, { host, port }: Config['server']): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw explainListenFault(error, { host, port });
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function explainListenFault(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  switch (code) {
    case 'EADDRINUSE':
      return new StartFault(
        `The port ${port} on ${host} is in use; end the program that holds it, or set PORT to another one.`,
        { cause: error },
      );
    case 'EACCES':
      return new StartFault(`The port ${port} needs rights that this user lacks; set PORT to 1024 or more.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartFault(`The address ${host} is not one of this machine; set HOST to one that is.`, {
        cause: error,
      });
    default:
      return error;
  }
}
