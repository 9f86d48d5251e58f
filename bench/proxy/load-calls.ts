/** Sends small calls to one subject for a while, each connection its next one as soon as the last is answered. Called by
 *  run.ts. An answer that is not the expected one ends the bench. */
import autocannon from 'autocannon';

export interface CallTarget {
  readonly url: string;
  /** One JWT for each person, in turn. */
  readonly tokens: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

export interface CallFigures {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export async function loadCalls({ url, tokens, connections, seconds }: CallTarget): Promise<CallFigures> {
  const latencies: number[] = [];
  const statuses = new Set<number>();
  const began = performance.now();
  const errors = await new Promise<number>((resolve, reject) => {
    const options: autocannon.Options = {
      url,
      connections,
      duration: seconds,
      requests: tokens.map((token) => ({ method: 'GET', headers: { authorization: `Bearer ${token}` } })),
    };
    const run = autocannon(options, (error, result) => (error ? reject(error as Error) : resolve(result.errors)));
    run.on('response', (_client, status, _bytes, tookMs) => {
      statuses.add(status);
      latencies.push(tookMs);
    });
  });
  if (errors > 0 || [...statuses].join() !== '200')
    throw new Error(`${url}: ${errors} errors, statuses ${[...statuses].join()}`);
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
  const requests = sorted.length;
  return { requests, requestsPerSecond: (requests * 1000) / (performance.now() - began), p50: at(0.5), p99: at(0.99) };
}
