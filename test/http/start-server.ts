/** A server with given routes on a free port, without the rooms below it, for tests of what every request passes; and a
 *  client that may send any Host, method and path. */
import { request as send } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from '../../src/http/server.js';
import type { Server, ServerParts } from '../../src/http/server.js';
import { systemClock } from '../../src/clock.js';
import type { Caller } from '../../src/callers/caller.js';
import type { LimitsConfig, ServerConfig } from '../../src/config/config.js';
import { Fault } from '../../src/errors.js';
import type { UseCases } from '../../src/graphql/use-cases.js';
import { configOf } from '../support/test-config.js';
import { collectLog } from '../support/log-lines.js';
import type { LogLines } from '../support/log-lines.js';

export interface TestServer {
  readonly port: number;
  readonly log: LogLines;
  readonly routes: Server['routes'];
  readonly send: (request: TestRequest) => Promise<TestAnswer>;
  close(): Promise<void>;
}

export interface TestRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The text as JSON. */
  readonly json: () => Record<string, unknown>;
}

export interface TestServerOptions extends Partial<Omit<ServerParts, 'config'>> {
  readonly server?: Partial<ServerConfig>;
  readonly introspection?: boolean;
  readonly limits?: Partial<LimitsConfig>;
}

export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const log = collectLog();
  const server = await createServer({
    routes: [],
    useCases: unused,
    authenticate: refuseAll,
    readiness: {},
    clock: systemClock,
    log: log.log,
    ...options,
    config: {
      introspection: options.introspection ?? true,
      limits: { ...defaultLimits, ...options.limits },
      server: { ...serverConfig, ...options.server },
    },
  });
  const { port } = await server.listen();
  return { port, log, routes: server.routes, send: (request) => sendTo(port, request), close: () => server.close() };
}

/** Sends without a connection that is kept, so that nothing outlives the test. */
function sendTo(port: number, { path, method = 'GET', headers = {}, body }: TestRequest): Promise<TestAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const all = { host: `127.0.0.1:${port}`, ...length, ...headers };
    const request = send({ host: '127.0.0.1', port, path, method, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const json = () => JSON.parse(text) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const serverConfig: ServerConfig = {
  host: '127.0.0.1',
  port: 0,
  publicUrl: 'http://127.0.0.1:4000',
  allowedHosts: ['127.0.0.1:0', 'latchkey.example'],
  corsOrigins: ['https://app.example'],
  trustedProxies: [],
};

const defaultLimits = configOf().limits;

/** No route under test reaches a use case. */
const unused = {} as UseCases;

async function refuseAll(): Promise<Caller> {
  throw new Fault('UNAUTHENTICATED', { why: 'The request carries no bearer token.' });
}
