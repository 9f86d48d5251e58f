import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Route } from '../../src/http/route.js';
import { startServer } from './start-server.js';
import type { TestServer } from './start-server.js';

let server: TestServer | undefined;
afterEach(() => server?.close());

test('a gateway whose parts all work is ready', async () => {
  server = await startServer({ readiness: { database: async () => true, keyring: () => true } });
  const answer = await server.send({ path: '/readyz' });
  expect([answer.status, answer.json()]).toEqual([200, { status: 'ready' }]);
});

test('a part that does not work, or fails to say so, makes the gateway not ready but leaves it alive', async () => {
  const readiness = {
    database: async () => false,
    keyring: () => true,
    scheduler: () => {
      throw new Error('the planted cause');
    },
  };
  server = await startServer({ readiness });
  const answer = await server.send({ path: '/readyz' });
  expect([answer.status, answer.json()]).toEqual([503, { status: 'not ready', failing: ['database', 'scheduler'] }]);
  expect((await server.send({ path: '/healthz' })).json()).toEqual({ status: 'alive' });
});

test('a gateway that is closing says that it is not ready, and takes no new connection', async () => {
  const running = await startServer();
  const [begun, rest] = splitInTwo(get(running.port, '/readyz'));
  const { socket, received } = openSocket(running.port);
  socket.write(begun);
  await running.send({ path: '/healthz' }); // by now the beginning has come in

  const closing = running.close();
  socket.write(rest);
  await closing;
  expect(await received).toMatch(/^HTTP\/1\.1 503 Service Unavailable[^]*"draining"/);
  await expect(running.send({ path: '/healthz' })).rejects.toThrow('ECONNREFUSED');
});

test('a gateway that is closing answers what is under way, and no connection that is kept open holds it back', async () => {
  const door = new EventEmitter();
  const slow = routeOf('/slow', async () => {
    const opened = once(door, 'open');
    door.emit('knock');
    await opened;
    return 'done';
  });
  const running = await startServer({ routes: [slow] });
  const knocked = once(door, 'knock');
  const { socket, received } = openSocket(running.port);
  socket.write(get(running.port, '/slow'));
  await knocked;
  const closing = running.close();
  door.emit('open');
  await closing;
  expect(await received).toMatch(/connection: close[^]*done/i);
});

test('a connection that says nothing is ended at once and holds no stop back, whether it is new or was used', async () => {
  const door = new EventEmitter();
  const slow = routeOf('/slow', async () => {
    const opened = once(door, 'open');
    door.emit('knock');
    await opened;
    return 'done';
  });
  const running = await startServer({ routes: [slow] });
  const silent = openSocket(running.port);
  const used = openSocket(running.port);
  used.socket.write(get(running.port, '/healthz'));
  await once(used.socket, 'data');
  const knocked = once(door, 'knock');
  const busy = openSocket(running.port);
  busy.socket.write(get(running.port, '/slow'));
  await Promise.all([knocked, silent.connected]);

  const closing = running.close();
  await Promise.all([silent.received, used.received]); // while the busy one still waits
  door.emit('open');
  await closing;
  expect(await busy.received).toMatch(/done/);
});

function routeOf(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, who: 'anyone', bodyLimitBytes: 0, handle };
}

function get(port: number, path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`;
}

function splitInTwo(text: string): [string, string] {
  return [text.slice(0, 10), text.slice(10)];
}

function openSocket(port: number): { socket: Socket; connected: Promise<unknown>; received: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  socket.on('error', () => undefined); // a reset is an end too
  return { socket, connected: once(socket, 'connect'), received: once(socket, 'close').then(() => text) };
}
