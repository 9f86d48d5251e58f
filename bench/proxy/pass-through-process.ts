/** What the proxy is measured against: the least that can pass a request and an answer through. node:http takes it, undici asks
 *  the provider with a fixed token, both bodies are piped. No check of who calls, no vault, no rules, no log. Started by
 *  run.ts. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Agent, request } from 'undici';
import { answerQuestions } from '../answer-questions.js';
import { listenOnLoopback } from '../listen.js';
import { personOf } from '../people.js';

answerQuestions(async ({ upstreamUrl }) => {
  const dispatcher = new Agent({ connections: 1024, pipelining: 1 });
  const authorization = `Bearer ${personOf(0).accessToken}`;

  const server = createServer((taken, response) => {
    pass(taken, response).catch(() => response.destroy());
  });
  const { url, close } = await listenOnLoopback(server);
  return { url, close: () => Promise.all([close(), dispatcher.destroy()]) };

  async function pass(taken: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: target = '/' } = taken;
    const { statusCode, headers, body } = await request(`${upstreamUrl}${target}`, {
      dispatcher,
      method,
      headers: { accept: taken.headers.accept ?? '*/*', authorization },
      body: method === 'GET' ? null : taken,
    });
    response.writeHead(statusCode, headers);
    await pipeline(body, response);
  }
});
