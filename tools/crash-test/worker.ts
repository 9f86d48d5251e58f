/** One worker of the crash test, seen from outside: started, told where to die, killed, waited for. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromWorker, ToWorker, WorkerPlan, WorkerStep } from './messages.js';

export interface Worker {
  /** Resolves once it has taken up what the one before left, and refreshes. */
  readonly running: Promise<unknown>;
  dieAt(step: WorkerStep, nth: number): void;
  /** Resolves when every account was refreshed once, or could not be. */
  renewAll(): Promise<void>;
  kill(signal?: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves when the process is gone. */
  readonly gone: Promise<unknown>;
  /** Has it bring every account to an end, and ends it. */
  heal(): Promise<void>;
}

export function startWorker(plan: WorkerPlan, hear: (message: FromWorker) => void): Worker {
  const child = fork(compiled('worker-process.js'), { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const heard = new Map<FromWorker['event'], () => void>();
  const until = (event: FromWorker['event']) => new Promise<void>((resolve) => void heard.set(event, resolve));
  const [running, healed] = [until('running'), until('healed')];
  const gone = once(child, 'exit');
  let fault: string | null = null;
  child.on('message', (message: FromWorker) => {
    if (message.event === 'fault') fault = message.text;
    hear(message);
    heard.get(message.event)?.();
  });
  const tell = (message: ToWorker): void => void child.send(message, () => undefined); // it may be dead by now
  tell({ ask: 'start', plan });
  const ended = assertKilled();
  ended.catch(() => undefined); // heard of by whoever waits

  return {
    running: Promise.race([running, ended]),
    dieAt: (step, nth) => tell({ ask: 'die-at', step, nth }),
    async renewAll() {
      const renewed = until('renewed');
      tell({ ask: 'renew-all' });
      await Promise.race([renewed, ended]);
    },
    kill: (signal = 'SIGKILL') => void child.kill(signal),
    gone: ended,
    async heal() {
      tell({ ask: 'heal' });
      await Promise.race([healed, ended]);
      child.disconnect();
      await ended;
    },
  };

  async function assertKilled(): Promise<void> {
    await gone;
    if (fault !== null) throw new Error(`A worker ended by itself: ${fault}`);
  }
}

/** A test runs these sources as they are; a worker is always compiled. */
function compiled(name: string): string {
  const isCompiled = import.meta.url.includes('/dist/tools/');
  return fileURLToPath(new URL(isCompiled ? `./${name}` : `../../dist/tools/crash-test/${name}`, import.meta.url));
}
