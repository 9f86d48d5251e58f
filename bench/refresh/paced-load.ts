/** Asks for `me` a fixed number of times a second, whether the answers come or not, and tells how long they took. Called by
 *  run.ts: what a user waits is only seen by who does not wait for the answer before. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { meQuery } from '../people.js';

export interface PacedLoad {
  /** Milliseconds, ascending. */
  readonly latencies: Float64Array;
}

const PER_SECOND = 40;

/** Until `isOver`. */
export async function pacedLoad(target: {
  readonly url: string;
  readonly tokens: readonly string[];
  readonly isOver: () => boolean;
}): Promise<PacedLoad> {
  const { url, tokens, isOver } = target;
  const dispatcher = new Agent({ connections: 50 });
  const latencies: number[] = [];
  const asked: Promise<void>[] = [];
  const began = performance.now();
  for (let number = 0; !isOver(); number += 1) {
    asked.push(ask(tokens[number % tokens.length] ?? ''));
    await sleep(Math.max(0, began + ((number + 1) * 1000) / PER_SECOND - performance.now()));
  }
  await Promise.all(asked);
  await dispatcher.close();
  return { latencies: new Float64Array(latencies).toSorted() };

  async function ask(token: string): Promise<void> {
    const since = performance.now();
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const body = JSON.stringify({ query: meQuery });
    const answer = await request(url, { method: 'POST', headers, body, dispatcher });
    const text = await answer.body.text();
    if (!text.includes('@provider.example')) throw new Error(`The gateway answered ${answer.statusCode}: ${text}`);
    latencies.push(performance.now() - since);
  }
}
