/** Starts the demo provider as a process of its own and says when it answers. Called by start.ts. */
import { fork, type ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { StartFault } from '../config/start-fault.js';
import type { DemoProcessAnswer } from './demo-provider-process.js';
import type { DemoServerOptions } from './provider/demo-server.js';

export interface DemoProvider {
  readonly url: string;
  close(): Promise<void>;
}

/** Throws StartFault where the port is taken. What the process logs goes to demo-provider.log in its folder. */
export async function startDemoProvider(options: DemoServerOptions): Promise<DemoProvider> {
  const log = await open(join(options.folder, 'demo-provider.log'), 'w', 0o600);
  try {
    const child = fork(join(import.meta.dirname, 'demo-provider-process.js'), {
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      execArgv: [],
    });
    const answer = await ask(child, options);
    if (answer.kind === 'ready') return { url: answer.url, close: () => closeProcess(child) };
    throw explain(answer, options.port);
  } finally {
    await log.close();
  }
}

function ask(child: ChildProcess, options: DemoServerOptions): Promise<DemoProcessAnswer> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // Under node --watch, Node sends messages of its own through this channel.
    child.on('message', (message: DemoProcessAnswer | object) => {
      if ('kind' in message) resolve(message);
    });
    child.once('exit', (code) => resolve({ kind: 'failed', code: null, message: `it ended with exit code ${code}` }));
    child.send(options);
  });
}

function explain({ code, message }: { code: string | null; message: string }, port: number): StartFault {
  if (code === 'EADDRINUSE') {
    return new StartFault(
      `Port ${port}, which the demo provider needs, is in use; end the program that listens there, or choose another port with DEMO_PORT=${port + 1} npm start.`,
    );
  }
  return new StartFault(`The demo provider did not start (${message}); .latchkey/demo-provider.log says more.`);
}

function closeProcess(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    if (child.connected) child.disconnect();
    else child.kill('SIGTERM');
  });
}
