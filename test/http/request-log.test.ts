import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Logger } from '../../src/observe/logger.js';
import { collectLog } from '../support/log-lines.js';
import { startServer } from './start-server.js';
import type { TestServer } from './start-server.js';

let server: TestServer | undefined;
afterEach(() => server?.close());

/** A use case that knows nothing of requests and logs through the logger that it was created with. */
async function workLongAndTell(log: Logger, note: string): Promise<string> {
  log.info({ event: 'test.begun', note });
  await nextTurn();
  await nextTurn();
  log.child({ room: 'vault' }).info({ event: 'test.ended', note });
  return note;
}

test('every line of a request carries its id, also where a body was read and others run beside it', async () => {
  const log = collectLog();
  server = await startServer({
    log: log.log,
    routes: [
      {
        method: 'POST',
        path: '/work',
        who: 'anyone',
        bodyLimitBytes: 1024,
        handle: (request) => workLongAndTell(log.log, (request.body as { note: string }).note),
      },
    ],
  });
  const { send } = server;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const notes = ['a', 'b', 'c', 'd'];
  const answers = await Promise.all(
    notes.map((note) => send({ method: 'POST', path: '/work', headers, body: `note=${note}` })),
  );
  for (const [index, note] of notes.entries()) {
    const requestId = answers[index]?.headers['x-request-id'];
    const own = log.lines.filter((line) => line['note'] === note);
    expect(own.map(({ event, requestId: told }) => [event, told])).toEqual([
      ['test.begun', requestId],
      ['test.ended', requestId],
    ]);
    const answered = log.lines.filter((line) => line['event'] === 'http.answered' && line['requestId'] === requestId);
    expect(answered).toHaveLength(1);
  }
});

test('a body that comes late does not part a request from its id', async () => {
  const log = collectLog();
  server = await startServer({
    log: log.log,
    routes: [
      {
        method: 'POST',
        path: '/work',
        who: 'anyone',
        bodyLimitBytes: 1024,
        handle: (request) => workLongAndTell(log.log, (request.body as { note: string }).note),
      },
    ],
  });
  const socket = connect(server.port, '127.0.0.1');
  const type = 'content-type: application/x-www-form-urlencoded';
  socket.write(`POST /work HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n${type}\r\ncontent-length: 9\r\n\r\nnote`);
  await server.send({ path: '/healthz' }); // by now the head has come in
  socket.write('=late');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  const requestId = /x-request-id: (\S+)/i.exec(answer.toString())?.[1];
  const own = log.lines.filter((line) => line['note'] === 'late');
  expect(own.map((line) => line['requestId'])).toEqual([requestId, requestId]);
});

test.each([
  ['an unknown Host', { path: '/healthz', headers: { host: 'evil.example' } }],
  ['a path that cannot be read', { path: '/%zz' }],
  ['a path that is not served', { path: '/nowhere' }],
  ['a body that is no JSON', { path: '/graphql', method: 'POST', body: '{', headers: json() }],
])('the refusal of %s is logged with the id of its request', async (_what, request) => {
  server = await startServer();
  const answer = await server.send(request);
  const refusal = server.log.lines.find((line) => line['event'] === 'http.refused');
  expect(refusal?.['requestId']).toBe(answer.headers['x-request-id'] ?? answer.json()['requestId']);
  expect(refusal?.['requestId']).toEqual(expect.any(String));
});

function json(): Record<string, string> {
  return { 'content-type': 'application/json' };
}
