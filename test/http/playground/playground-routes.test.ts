import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { playgroundRoutes, type PlaygroundConfig } from '../../../src/http/playground/playground-routes.js';
import { freePort } from '../../support/free-port.js';
import { startServer, type TestServer } from '../start-server.js';

const tokens = { user: 'jwt-of-the-user', otherUser: 'jwt-of-another', admin: 'jwt-of-the-admin' };

let dataFolder: string;
let development: TestServer;
let production: TestServer;

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'latchkey-playground-'));
  await writeFile(join(dataFolder, 'dev.json'), JSON.stringify({ url: 'http://127.0.0.1:4000', tokens }));
  development = await serve({ mode: 'development', playground: true });
  production = await serve({ mode: 'production', playground: true });
});

afterAll(async () => {
  await development.close();
  await production.close();
  await rm(dataFolder, { recursive: true });
});

test('the playground runs no inline script and loads nothing from another origin', async () => {
  const { status, headers, text } = await development.send({ path: '/playground' });
  expect(status).toBe(200);
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("style-src 'self';");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(text).not.toMatch(/<script(?![^>]*\bsrc="\/playground\/)|<style|\son\w+=|style="|"https?:/);
});

test('every file that the page names is served, and is asked for again only when it changed', async () => {
  const { text } = await development.send({ path: '/playground' });
  const names = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
  expect(names.length).toBeGreaterThan(6);
  for (const path of names) {
    const { status, headers } = await development.send({ path });
    expect([path, status]).toEqual([path, 200]);
    const again = await development.send({ path, headers: { 'if-none-match': String(headers['etag']) } });
    expect([path, again.status, again.text]).toEqual([path, 304, '']);
  }
});

test('every module that the scripts import is served', async () => {
  const { text } = await development.send({ path: '/playground/files/boot.js' });
  const modules = [...text.matchAll(/from '\.\/([^']+)'/g)].map(([, name]) => name);
  expect(modules.length).toBeGreaterThan(3);
  for (const name of modules) {
    const { status, headers } = await development.send({ path: `/playground/files/${name}` });
    expect([name, status, headers['content-type']]).toEqual([name, 200, 'text/javascript; charset=utf-8']);
  }
});

test.each(['package.json', '..%2f..%2fpackage.json', '%2e%2e%2fdev.json', 'toString', '__proto__', ''])(
  'a file that is not in the list is no file: %j',
  async (name) => {
    expect((await development.send({ path: `/playground/files/${name}` })).status).toBe(404);
  },
);

test('the page on this machine gets the development tokens, kept by no cache', async () => {
  const answer = await development.send({ path: '/playground/tokens', headers: { 'sec-fetch-site': 'same-origin' } });
  expect(answer.json()).toEqual(tokens);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

test.each(['cross-site', 'same-site'])('a page that is %s gets no development token', async (site) => {
  const answer = await development.send({ path: '/playground/tokens', headers: { 'sec-fetch-site': site } });
  expect([answer.status, answer.text.includes('jwt-of')]).toEqual([404, false]);
});

test('over another name than a loopback one there are no development tokens', async () => {
  const answer = await development.send({ path: '/playground/tokens', headers: { host: 'latchkey.example' } });
  expect([answer.status, answer.text.includes('jwt-of')]).toEqual([404, false]);
});

test('production has no development tokens, even beside a dev.json', async () => {
  expect((await production.send({ path: '/playground' })).status).toBe(200);
  expect((await production.send({ path: '/playground/tokens' })).status).toBe(404);
});

test('a playground that is off is a path that does not exist', async () => {
  const server = await serve({ mode: 'production', playground: false });
  for (const path of ['/playground', '/playground/files/boot.js', '/playground/tokens']) {
    expect([path, (await server.send({ path })).status]).toEqual([path, 404]);
  }
  await server.close();
});

test('opened by another loopback name, the page moves to the one that cookies are set for', async () => {
  const port = await freePort();
  const server = await serve({ mode: 'development', playground: true }, port);
  const { status, headers } = await server.send({ path: '/playground', headers: { host: `localhost:${port}` } });
  expect([status, headers['location']]).toEqual([303, `http://127.0.0.1:${port}/playground`]);
  expect((await server.send({ path: '/playground' })).status).toBe(200);
  await server.close();
});

async function serve(config: Pick<PlaygroundConfig, 'mode' | 'playground'>, fixedPort?: number): Promise<TestServer> {
  const port = fixedPort ?? (await freePort());
  const publicUrl = `http://127.0.0.1:${port}`;
  const allowedHosts = [`127.0.0.1:${port}`, `localhost:${port}`, 'latchkey.example'];
  return startServer({
    routes: playgroundRoutes({ config: { ...config, dataFolder, server: { publicUrl } } }),
    server: { port, publicUrl, allowedHosts },
  });
}
