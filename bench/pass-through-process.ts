/** Subject (b): the least that a proxy can do. node:http takes the request, undici asks the upstream with a fixed token,
 *  the answer is piped through. Leaves out everything else: no check of who calls, no GraphQL, no limits, no log, no
 *  headers of its own. Started by run.ts. */
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Agent, request } from 'undici';
import { answerQuestions } from './answer-questions.js';
import { listenOnLoopback } from './listen.js';
import { personOf } from './people.js';

answerQuestions(async ({ upstreamUrl }) => {
  const dispatcher = new Agent({ connections: 64, pipelining: 1 });
  const headers = { accept: 'application/json', authorization: `Bearer ${personOf(0).accessToken}` };
  const target = `${upstreamUrl}/me`;

  const server = createServer((_request, response) => {
    request(target, { dispatcher, headers })
      .then(({ statusCode, headers: { 'content-type': type = 'application/json' }, body }) => {
        response.writeHead(statusCode, { 'content-type': type });
        return pipeline(body, response);
      })
      .catch(() => response.destroy());
  });
  const { url, close } = await listenOnLoopback(server);
  return { url, close: () => Promise.all([close(), dispatcher.destroy()]) };
});
