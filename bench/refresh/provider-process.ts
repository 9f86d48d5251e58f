/** The provider of the refresh bench: a token endpoint that takes 50 ms for each answer and rotates refresh tokens, and the
 *  profiles of those who ask for `me`. Started by run.ts in a process of its own. It notes when each refresh arrived, which
 *  GET /arrivals tells and forgets. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerQuestions } from '../answer-questions.js';
import { discoveryDocument } from '../discovery-document.js';
import { listenOnLoopback } from '../listen.js';
import { personOf } from '../people.js';

export const LATENCY_MS = 50;

/** By the number of the person, epoch milliseconds. */
export type Arrivals = readonly (readonly [person: number, at: number])[];

answerQuestions(async () => {
  let arrivals: [number, number][] = [];
  let grants = 0;
  let discovery = '';

  const server = createServer((request, response) => void serve(request, response));
  server.keepAliveTimeout = 120_000;
  const { url, close } = await listenOnLoopback(server);
  discovery = discoveryDocument(url);
  return { url, close };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (request.url ?? '') {
      case '/.well-known/openid-configuration':
        return send(response, discovery);
      case '/token':
        return send(response, await grant(new URLSearchParams(await text(request))));
      case '/arrivals': {
        const told = JSON.stringify(arrivals);
        arrivals = [];
        return send(response, told);
      }
      default:
        return send(response, profileOf(request.headers.authorization ?? ''));
    }
  }

  async function grant(form: URLSearchParams): Promise<string> {
    const sent = form.get('refresh_token') ?? '';
    const person = Number(/\d+/.exec(sent)?.[0]);
    if (!sent.startsWith('bare')) arrivals.push([person, Date.now()]);
    await sleep(LATENCY_MS);
    grants += 1;
    const { accessToken } = personOf(person);
    const refreshToken = `${accessToken.replace('access', 'refresh')}-${grants}`;
    return JSON.stringify({
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 86_400,
      refresh_token: refreshToken,
    });
  }
});

function send(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function profileOf(authorization: string): string {
  const number = Number(/\d+/.exec(authorization)?.[0]);
  const { externalId } = personOf(number);
  return JSON.stringify({ sub: externalId, name: `Person Number ${number}`, email: `p${number}@provider.example` });
}
