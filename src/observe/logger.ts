/** The log: one event a line, as JSON, on standard output. Created once by main.ts and handed to every part.
 *  Nothing reaches a line without passing scrub(), so a token that slipped into a field, an error's message, its stack or
 *  its cause is sealed there. That is the last net: values travel as Secret and should never come here at all.
 *  What a request or a job does is told with its id on every line (during), without handing the id through each room. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pino } from 'pino';
import type { Config } from '../config/config.js';
import { scrub } from './scrub.js';

/** What happened, by a fixed name with dots (token.refreshed), and fields beside it. An error goes in `err`. */
export interface LogEvent {
  readonly event: string;
  readonly err?: unknown;
  readonly [field: string]: unknown;
}

export interface Logger {
  debug(event: LogEvent): void;
  info(event: LogEvent): void;
  warn(event: LogEvent): void;
  error(event: LogEvent): void;
  /** A logger that adds these fields to each of its lines. */
  child(fields: LogFields): Logger;
  /** Does the work, and adds these fields to every line that is logged meanwhile by what it calls and awaits, through this
   *  logger, its parent or its children. A line's own field of the same name stands. Gives what the work gives. */
  during<T>(fields: LogFields, work: () => T): T;
}

type LogFields = Readonly<Record<string, unknown>>;

/** Where lines go; each call is one whole line with its line break. */
interface LogDestination {
  write(line: string): void;
}

export interface LoggerOptions {
  readonly level: Config['logLevel'];
  /** Standard output when left out; written at once, so that no line is lost when the process ends, and none takes the
   *  threads that the database works on. */
  readonly destination?: LogDestination;
}

export function createLogger({ level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (told: unknown) => told }, // scrub() has told the error already
  };
  const lines: LineWriter = pino(options, destination ?? pino.destination({ dest: 1, sync: true }));
  return scrubbed(lines, { around: new AsyncLocalStorage(), own: {} });
}

/** The part of a pino logger that is used here. */
type LineWriter = Record<'debug' | 'info' | 'warn' | 'error', (fields: object) => void>;

interface LineFields {
  /** Those of what is under way, by the chain of calls; scrubbed. */
  readonly around: AsyncLocalStorage<LogFields>;
  /** Those of a child; scrubbed. */
  readonly own: LogFields;
}

function scrubbed(lines: LineWriter, { around, own }: LineFields): Logger {
  const whole = (event: LogEvent): object => ({ ...around.getStore(), ...own, ...scrub(event) });
  return {
    debug: (event) => lines.debug(whole(event)),
    info: (event) => lines.info(whole(event)),
    warn: (event) => lines.warn(whole(event)),
    error: (event) => lines.error(whole(event)),
    child: (fields) => scrubbed(lines, { around, own: { ...own, ...scrub(fields) } }),
    during: (fields, work) => around.run({ ...around.getStore(), ...scrub(fields) }, work),
  };
}
