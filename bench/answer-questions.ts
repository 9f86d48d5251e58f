/** The inside of each process of the bench: starts what it is for when run.ts says so, and tells what it has cost so far.
 *  Called by every *-process.ts. Ends with the channel, so that no process outlives the bench. */
import { Session } from 'node:inspector/promises';
import type { Answer, Plan, Question, Reading } from './messages.js';

export interface Running {
  /** http://127.0.0.1:<port>, with the path that the load asks. */
  readonly url: string;
  readonly statements?: { readonly all: number; readonly writes: number };
  close(): Promise<unknown>;
}

export function answerQuestions(start: (plan: Plan) => Promise<Running>): void {
  const profiler = new Session();
  let running: Running | null = null;

  process.on('message', (question: Question) => void answer(question).then((told) => process.send?.(told)));
  process.on('disconnect', () => process.exit());

  async function answer(question: Question): Promise<Answer> {
    try {
      return { value: await act(question) };
    } catch (error) {
      return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }

  async function act(question: Question): Promise<unknown> {
    switch (question.ask) {
      case 'start':
        running = await start(question.plan);
        return running.url;
      case 'read':
        return readCosts(running);
      case 'profile':
        profiler.connect();
        await profiler.post('Profiler.enable');
        await profiler.post('Profiler.setSamplingInterval', { interval: 200 });
        return profiler.post('Profiler.start');
      case 'profile-end':
        return (await profiler.post('Profiler.stop')).profile;
      case 'stop':
        return running?.close().then(() => null);
      default:
        return question satisfies never;
    }
  }
}

function readCosts(running: Running | null): Reading {
  const { user, system } = process.cpuUsage();
  const { all = 0, writes = 0 } = running?.statements ?? {};
  return { cpuMicros: user + system, statements: all, writes, rssBytes: process.memoryUsage.rss() };
}
