/** Another process with the same SQLite file open, which runs one statement at a time when a test says so. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface OtherProcess {
  /** Resolves when the other process has run the statement; rejects with what SQLite said. */
  run(sql: string): Promise<void>;
  /** Ends it; an open transaction is rolled back. */
  end(): Promise<void>;
  /** kill -9 */
  kill(): Promise<void>;
}

export async function startOtherProcess(file: string): Promise<OtherProcess> {
  const child = fork(fileURLToPath(new URL('./other-process-program.mjs', import.meta.url)), [file], { execArgv: [] });
  await once(child, 'message');
  return {
    async run(sql) {
      const answer = once(child, 'message');
      child.send(sql);
      const [fault]: unknown[] = await answer;
      if (typeof fault === 'string') throw new Error(fault);
    },
    async end() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
