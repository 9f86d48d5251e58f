/** A real logger whose lines a test can read: what happened, field by field. */
import { createLogger, type Logger } from '../../src/observe/logger.js';

export interface LogLines {
  readonly log: Logger;
  /** Every line so far, oldest first. */
  readonly lines: Record<string, unknown>[];
  /** The names of the events so far. */
  events(): unknown[];
}

export function collectLog(): LogLines {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return {
    log: createLogger({ level: 'debug', destination: { write } }),
    lines,
    events: () => lines.map((line) => line['event']),
  };
}
