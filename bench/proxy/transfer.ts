/** Sends or fetches one long body through a subject, and watches the subject's memory meanwhile. Called by run.ts. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Program } from '../start-program.js';
import { blocksOf } from './blocks.js';

export interface Transfer {
  readonly way: 'upload' | 'download';
  readonly bytes: number;
  readonly megabytesPerSecond: number;
  /** What the subject held at most above what it held before. */
  readonly memoryMegabytes: number;
  readonly isEqual: boolean;
}

export interface TransferTarget {
  readonly program: Pick<Program, 'read'>;
  readonly url: string;
  readonly token: string;
  readonly way: Transfer['way'];
  readonly bytes: number;
}

const MEGABYTE = 1024 * 1024;

export async function transfer({ program, url, token, way, bytes }: TransferTarget): Promise<Transfer> {
  const idle = (await program.read()).rssBytes;
  const expected = digestOf(blocksOf(bytes));
  let most = idle;
  const look = async (): Promise<void> => {
    most = Math.max(most, (await program.read()).rssBytes);
  };
  // One question at a time: the next when the last one is answered.
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, 50);
  const began = performance.now();
  const found = await (way === 'upload'
    ? upload(`${url}/upload`, token, bytes)
    : download(`${url}/download`, token, bytes));
  const seconds = (performance.now() - began) / 1000;
  clearInterval(timer);
  await looking;
  return {
    way,
    bytes,
    megabytesPerSecond: bytes / MEGABYTE / seconds,
    memoryMegabytes: (most - idle) / MEGABYTE,
    isEqual: found === expected,
  };
}

async function upload(url: string, token: string, bytes: number): Promise<string> {
  const sent = request(url, { method: 'PUT', headers: { authorization: `Bearer ${token}`, 'content-length': bytes } });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(blocksOf(bytes)), sent);
  const [response] = await answered;
  return text(response);
}

async function download(url: string, token: string, bytes: number): Promise<string> {
  const sent = request(`${url}?bytes=${bytes}`, { headers: { authorization: `Bearer ${token}` } });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const hash = createHash('sha256');
  for await (const chunk of response) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function digestOf(blocks: Iterable<Buffer>): string {
  const hash = createHash('sha256');
  for (const chunk of blocks) hash.update(chunk);
  return hash.digest('hex');
}
