/** Starts one process of the bench and asks it questions. Called by stage.ts. What a program writes on its
 *  standard output (the log of a gateway) is thrown away; its faults are shown. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Plan, Question, Reading } from './messages.js';

/** V8 collects sooner instead of letting garbage pile up, and glibc keeps one heap for all threads in place of eight a
 *  core: the memory that docs/performance.md speaks of. The same for every subject. */
const nodeFlags = ['--max-semi-space-size=4', '--heap-growing-percent=20'];

export interface Program {
  /** What the load asks. */
  readonly url: string;
  read(): Promise<Reading>;
  startProfile(): Promise<void>;
  /** The profile as V8 gives it; the caller checks what it reads of it. */
  endProfile(): Promise<unknown>;
  stop(): Promise<void>;
}

/** `name` is the file's, without its ending. Throws what kept the program from starting. */
export async function startProgram(name: string, plan: Plan): Promise<Program> {
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const child = fork(file, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: nodeFlags, env: environment() });
  const gone = once(child, 'exit');
  const url = await ask<string>({ ask: 'start', plan }).catch((error: unknown) => {
    child.kill();
    throw error;
  });

  return {
    url,
    read: () => ask<Reading>({ ask: 'read' }),
    startProfile: () => ask({ ask: 'profile' }),
    endProfile: () => ask({ ask: 'profile-end' }),
    async stop() {
      await ask({ ask: 'stop' });
      child.disconnect();
      await gone;
    },
  };

  async function ask<T>(question: Question): Promise<T> {
    const answered = once(child, 'message') as Promise<[Answer]>;
    child.send(question);
    const [answer] = await Promise.race([answered, gone.then(failEnded)]);
    if ('fault' in answer) throw new Error(`${name}: ${answer.fault}`);
    return answer.value as T;
  }

  function failEnded(): never {
    throw new Error(`${name} ended by itself`);
  }
}

/** As production runs, and without whatever the operator's own gateway is set to. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([setting]) => !/^(LATCHKEY_|HOST$|PORT$)/.test(setting));
  return { ...Object.fromEntries(own), NODE_ENV: 'production', MALLOC_ARENA_MAX: '1' };
}
