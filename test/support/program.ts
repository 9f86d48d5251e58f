/** Starts a built program of ours as a process of its own, as an operator does, and listens to what it says. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './source-tree.js';

export interface Program {
  /** All of standard output and standard error so far. */
  readonly output: () => { readonly stdout: string; readonly stderr: string };
  /** Resolves when standard output holds the text; rejects when the program ends before. */
  until(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** `script` is a path below dist, such as src/main.js. The environment holds these variables and PATH alone. */
export function startProgram(
  script: string,
  environment: Readonly<Record<string, string>> = {},
  words: readonly string[] = [],
): Program {
  const child: ChildProcess = spawn(process.execPath, [join(projectRoot, 'dist', script), ...words], {
    cwd: environment['PWD'] ?? projectRoot,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const listener of listeners) listener();
  });
  child.stderr?.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });

  return {
    output: () => ({ stdout, stderr }),
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!stdout.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(({ code }) =>
          reject(new Error(`Ended with ${code} before saying "${text}":\n${stdout}${stderr}`)),
        );
      }),
    kill: (signal) => void child.kill(signal),
    ended,
  };
}
