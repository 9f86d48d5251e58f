/** Stands before a test's server: counts and keeps what came over the wire, and can answer, hold or lose a request in
 *  the server's place. Used by oidc-provider.ts and hostile-server.ts. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createGate } from './gate.js';

export interface SeenRequest {
  readonly endpoint: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The other end of the connection. */
  readonly remotePort: number;
  /** What has arrived of the body. */
  body(): string;
  /** The body as a form. */
  form(): URLSearchParams;
}

export interface CannedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
}

/** `hang`: never answered. `reset`: connection closed, nothing done. `lose`: done, but the answer never arrives. */
export type Interference = CannedAnswer | 'hang' | 'reset' | 'lose';

export interface Hold {
  /** Resolves when the request is there. */
  readonly arrived: Promise<void>;
  /** Lets the request through. */
  readonly release: () => void;
  /** Resolves when its answer has been sent, whether or not anybody is there to read it. */
  readonly answered: Promise<void>;
}

export interface RequestTap {
  readonly counts: Record<string, number>;
  readonly seen: SeenRequest[];
  /** The next `times` requests to the endpoint meet this instead. */
  interfere(endpoint: string, interference: Interference, times?: number): void;
  /** The next request to the endpoint waits until it is released. */
  hold(endpoint: string): Hold;
  /** Resolves to false when the request has been dealt with here. */
  pass(endpoint: string, request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

export function createRequestTap(endpoints: readonly string[]): RequestTap {
  const counts = Object.fromEntries(endpoints.map((name) => [name, 0]));
  const seen: SeenRequest[] = [];
  const interferences = new Map<string, Interference[]>();
  const holds = new Map<string, { arrive: () => void; released: Promise<void>; answer: () => void }[]>();

  return {
    counts,
    seen,
    interfere: (endpoint, interference, times = 1) => {
      const queue = interferences.get(endpoint) ?? [];
      interferences.set(endpoint, [...queue, ...Array.from({ length: times }, () => interference)]);
    },
    hold: (endpoint) => {
      const arrival = createGate();
      const leave = createGate();
      const answer = createGate();
      const hold = { arrive: arrival.open, released: leave.opened, answer: answer.open };
      holds.set(endpoint, [...(holds.get(endpoint) ?? []), hold]);
      return { arrived: arrival.opened, release: leave.open, answered: answer.opened };
    },
    pass: async (endpoint, request, response) => {
      counts[endpoint] = (counts[endpoint] ?? 0) + 1;
      seen.push(keep(endpoint, request));
      const hold = holds.get(endpoint)?.shift();
      if (hold) response.once('finish', hold.answer);
      hold?.arrive();
      await hold?.released;
      const interference = interferences.get(endpoint)?.shift();
      return interference === undefined || act(interference, request, response);
    },
  };
}

function act(interference: Interference, request: IncomingMessage, response: ServerResponse): boolean {
  if (interference === 'hang') return false;
  if (interference === 'reset') {
    request.socket.destroy();
    return false;
  }
  if (interference === 'lose') {
    response.writeHead = () => response;
    response.write = () => true;
    response.end = () => {
      request.socket.destroy();
      return response;
    };
    return true;
  }
  request.resume();
  response.writeHead(interference.status, { ...interference.headers }).end(interference.body ?? '');
  return false;
}

/** Listens to the body without reading it away from whoever it is for. */
function keep(endpoint: string, request: IncomingMessage): SeenRequest {
  const chunks: Buffer[] = [];
  const emit = request.emit.bind(request) as (name: string | symbol, ...values: unknown[]) => boolean;
  request.emit = (name: string | symbol, ...values: unknown[]): boolean => {
    if (name === 'data') chunks.push(Buffer.from(values[0] as Buffer));
    return emit(name, ...values);
  };
  const body = (): string => Buffer.concat(chunks).toString('utf8');
  return {
    endpoint,
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
    remotePort: request.socket.remotePort ?? 0,
    body,
    form: () => new URLSearchParams(body()),
  };
}
