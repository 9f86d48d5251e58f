/** The demo provider as an HTTP server on 127.0.0.1: its pages, and oidc-provider for everything else.
 *  Called by demo-provider-process.ts, and by tests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Provider, errors } from 'oidc-provider';
import { openDemoStore } from './demo-store.js';
import { createInteractions, redirect, type Interactions } from './interactions.js';
import { drawAvatar, drawMark } from './pages/drawings.js';
import { pageHeaders, renderPage, type Page } from './pages/page-frame.js';
import { frontPage, problemPage } from './pages/plain-pages.js';
import { styleSheet } from './pages/style.js';
import { findPerson } from './people.js';
import { configureProvider, type DemoClient, type DemoKeys } from './provider-configuration.js';

export interface DemoServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** An existing folder for the provider's memory. */
  readonly folder: string;
  readonly client: DemoClient;
  readonly keys: DemoKeys;
}

export interface DemoServer {
  /** The issuer: http://127.0.0.1:4001. */
  readonly url: string;
  close(): Promise<void>;
}

/** Rejects with EADDRINUSE where the port is taken. */
export async function startDemoServer({ port, folder, client, keys }: DemoServerOptions): Promise<DemoServer> {
  const server = createServer();
  await listen(server, port);
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = await openDemoStore(join(folder, 'demo-provider.db'), () => Math.floor(Date.now() / 1000));
  const provider = new Provider(issuer, configureProvider({ issuer, client, keys, adapter: store.adapter }));
  const protocol = provider.callback();
  const interactions = createInteractions(provider);

  server.on('request', (request, response) => {
    const own = findRoute(request, interactions);
    if (request.headers.host !== new URL(issuer).host) {
      const what = `This server is called ${issuer}, and the request named another host.`;
      sendPage(response, 421, problemPage({ what, mend: `Open ${issuer} instead.` }));
    } else if (own) {
      own(request, response).catch((fault: unknown) => explain(fault, response));
    } else {
      void protocol(request, response);
    }
  });
  return {
    url: issuer,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Null for what oidc-provider serves. */
function findRoute(request: IncomingMessage, interactions: Interactions): Handler | null {
  const [pathname = '/'] = (request.url ?? '/').split('?');
  const [, room, id, last] = pathname.split('/');
  if (request.method === 'GET') {
    const drawing = drawingAt(pathname);
    if (drawing) return async (_request, response) => sendFile(response, drawing);
    if (pathname === '/') return async (_request, response) => sendPage(response, 200, frontPage());
    if (room !== 'interaction' || !id) return null;
    // The address of a form, opened: back to the page that has it.
    if (last !== undefined) return async (_request, response) => redirect(response, `/interaction/${id}`);
    return (request_, response) => interactions.show({ request: request_, response, form: new URLSearchParams() });
  }
  const act = request.method === 'POST' && room === 'interaction' ? interactions.acts.get(last ?? '') : undefined;
  if (!act) return null;
  return async (request_, response) => act({ request: request_, response, form: await readForm(request_) });
}

interface StaticFile {
  readonly type: string;
  readonly text: string;
}

function drawingAt(pathname: string): StaticFile | null {
  if (pathname === '/style.css') return { type: 'text/css; charset=utf-8', text: styleSheet };
  if (pathname === '/mark.svg') return { type: 'image/svg+xml', text: drawMark() };
  const person = pathname.startsWith('/avatars/') ? findPerson(pathname.slice('/avatars/'.length)) : null;
  return person && { type: 'image/svg+xml', text: drawAvatar(person) };
}

function sendFile(response: ServerResponse, { type, text }: StaticFile): void {
  const headers = {
    'content-type': type,
    'content-security-policy': "default-src 'none'",
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  };
  response.writeHead(200, headers).end(text);
}

function sendPage(response: ServerResponse, status: number, page: Page): void {
  response.writeHead(status, pageHeaders()).end(renderPage(page));
}

function explain(fault: unknown, response: ServerResponse): void {
  const isGone = fault instanceof errors.SessionNotFound;
  const page = problemPage({
    what: isGone
      ? 'This sign-in has ended, or was begun in another browser.'
      : 'The demo provider met a fault of its own; its log says more.',
    mend: 'Go back to the app and start the connection again.',
  });
  if (!isGone) console.error(fault);
  if (!response.headersSent) sendPage(response, isGone ? 400 : 500, page);
}

/** A form of the pages here is far below 4 KiB. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) {
    text += String(piece);
    if (text.length > 4096) break;
  }
  return new URLSearchParams(text.slice(0, 4096));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
