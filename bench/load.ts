/** Sends requests to one subject for a while, each connection its next one as soon as the last is answered, for people of
 *  its own. Called by run.ts and profile.ts, in their own process. An answer that is not the expected one ends the bench: a
 *  subject that fails fast would win. */
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import { meQuery } from './people.js';

const graceSeconds = 20;

export interface Target {
  readonly url: string;
  /** One JWT for each person, dealt out to the connections, which ask in turn. */
  readonly tokens: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Before what is counted, on the same connections. */
  readonly leadIn?: LeadIn;
}

export interface LeadIn {
  readonly seconds: number;
  /** Counting begins when this is done. */
  end(): Promise<void>;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** In milliseconds, ascending. */
  readonly latencies: Float64Array;
}

/** Throws when a request failed or was answered with anything but a profile. */
export async function load({ url, tokens, connections, seconds, leadIn = none }: Target): Promise<LoadResult> {
  const latencies: number[] = [];
  const faults: string[] = [];
  const clients: autocannon.Client[] = [];
  let began = performance.now();
  let ended = began;

  await new Promise<void>((resolve, reject) => {
    const options: autocannon.Options = {
      url,
      connections,
      duration: leadIn.seconds + seconds + graceSeconds, // it would cut off what is under way
      timeout: 10,
      verifyBody: isProfile,
      setupClient(client) {
        client.setRequests(shareOf(tokens, { of: clients.length, among: connections }).map(requestWith));
        clients.push(client);
      },
      sampleInt: 100, // it ends at a whole sample
    };
    const run = autocannon(options, (error, result) => {
      if (error) return reject(error as Error);
      if (result.errors > 0) faults.push(`${result.errors} requests without an answer`);
      if (result.mismatches > 0) faults.push(`${result.mismatches} answers that are no profile`);
      return resolve();
    });
    run.on('response', (_client, status, _bytes, tookMs) => {
      latencies.push(tookMs);
      ended = performance.now();
      if (status !== 200) faults.push(`status ${status}`);
    });
    lead()
      .then(() => delay(seconds * 1000))
      .catch(reject)
      .finally(() => clients.forEach(endAfterThisAnswer));
  });

  if (faults.length > 0) throw new Error(`${url}: ${faults.length} faults under load, the first: ${faults[0]}`);
  return {
    requests: latencies.length,
    seconds: (ended - began) / 1000,
    latencies: new Float64Array(latencies).toSorted(),
  };

  async function lead(): Promise<void> {
    await delay(leadIn.seconds * 1000);
    await leadIn.end();
    latencies.length = 0;
    began = performance.now();
  }
}

const none: LeadIn = { seconds: 0, end: async () => undefined };

/** Every so-manieth person; someone in any case, where there are fewer people than connections. */
function shareOf(tokens: readonly string[], { of, among }: { of: number; among: number }): string[] {
  const first = of % Math.min(tokens.length, among);
  return tokens.filter((_, number) => number % Math.min(tokens.length, among) === first);
}

/** autocannon's own way to end a client that was given a number of requests; every request has its answer then, and what
 *  the subject spent is what it spent for these. */
function endAfterThisAnswer(client: object): void {
  Object.assign(client, { responseMax: 1 });
}

function requestWith(token: string): autocannon.Request {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: meQuery }),
  };
}

function isProfile(body: unknown): boolean {
  const text = String(body);
  return text.includes('@provider.example') && !text.includes('"errors"');
}
