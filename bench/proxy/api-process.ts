/** The provider of the bench of the proxy: a discovery document, a small JSON answer, and bodies as long as one likes. It
 *  knows each person by their access token and refuses every other. Started by run.ts in a process of its own. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { answerQuestions } from '../answer-questions.js';
import { discoveryDocument } from '../discovery-document.js';
import { listenOnLoopback } from '../listen.js';
import { personOf } from '../people.js';
import { blocksOf } from './blocks.js';

answerQuestions(async (plan) => {
  const known = new Set<string | undefined>();
  for (let number = 0; number < plan.people; number += 1) known.add(`Bearer ${personOf(number).accessToken}`);
  let discovery = '';
  const thing = JSON.stringify({ id: 7, words: 'a thing of the provider '.repeat(16) });

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://provider.example');
    if (pathname === '/.well-known/openid-configuration') return send(response, discovery);
    if (!known.has(request.headers.authorization)) return void response.writeHead(401).end();
    if (pathname === '/thing') return send(response, thing);
    const answering =
      pathname === '/upload' ? digest(request, response) : give(response, Number(searchParams.get('bytes')));
    return void answering.catch(() => response.destroy());
  });
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000; // longer than a subject waits for its turn
  const { url, close } = await listenOnLoopback(server);
  discovery = discoveryDocument(url);
  return { url, close };
});

function send(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

async function digest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of request) hash.update(chunk as Buffer);
  response.end(hash.digest('hex'));
}

async function give(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes });
  await pipeline(blocksOf(bytes), response);
}
