/** The provider of the bench: a discovery document and a userinfo endpoint on loopback, as fast as node:http gives.
 *  Started by run.ts in a process of its own. It knows each person by their access token and refuses every other. */
import { createServer, type ServerResponse } from 'node:http';
import type { Plan } from './messages.js';
import { discoveryDocument } from './discovery-document.js';
import { listenOnLoopback } from './listen.js';
import { personOf } from './people.js';
import { answerQuestions } from './answer-questions.js';

answerQuestions(async (plan: Plan) => {
  const answers = new Map<string | undefined, string>();
  for (let number = 0; number < plan.people; number += 1) {
    answers.set(`Bearer ${personOf(number).accessToken}`, profileOf(number));
  }
  let discovery = '';

  const server = createServer((request, response) => {
    if (request.url === '/.well-known/openid-configuration') return send(response, 200, discovery);
    const profile = answers.get(request.headers.authorization);
    if (request.url !== '/me' || profile === undefined) return send(response, 401, '{"error":"invalid_token"}');
    return send(response, 200, profile);
  });
  server.keepAliveTimeout = 60_000; // longer than a subject waits for its turn
  const { url, close } = await listenOnLoopback(server);
  discovery = discoveryDocument(url);
  return { url, close };
});

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** The claims that OpenID Connect Core §5.1 names, some 400 bytes. */
function profileOf(number: number): string {
  return JSON.stringify({
    sub: personOf(number).externalId,
    name: `Person Number ${number}`,
    given_name: 'Person',
    family_name: `Number ${number}`,
    preferred_username: `person.${number}`,
    email: `person.${number}@provider.example`,
    email_verified: true,
    picture: `https://provider.example/pictures/${number}.png`,
    locale: 'en-GB',
    zoneinfo: 'Europe/Berlin',
    updated_at: 1_764_000_000,
    address: { locality: 'Berlin', country: 'Germany' },
  });
}
