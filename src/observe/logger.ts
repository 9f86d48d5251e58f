/** The log: one event a line, as JSON, on standard output. Created once by main.ts and handed to every part.
 *  Nothing reaches a line without passing scrub(), so a token that slipped into a field, an error's message, its stack or
 *  its cause is sealed there. That is the last net: values travel as Secret and should never come here at all. */
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
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

/** Where lines go; each call is one whole line with its line break. */
interface LogDestination {
  write(line: string): void;
}

export interface LoggerOptions {
  readonly level: Config['logLevel'];
  /** Standard output when left out; written at once, so that no line is lost when the process ends. */
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
  return scrubbed(destination ? pino(options, destination) : pino(options));
}

/** The part of a pino logger that is used here. */
interface LineWriter extends Record<'debug' | 'info' | 'warn' | 'error', (fields: object) => void> {
  child(fields: object): LineWriter;
}

function scrubbed(lines: LineWriter): Logger {
  return {
    debug: (event) => lines.debug(scrub(event)),
    info: (event) => lines.info(scrub(event)),
    warn: (event) => lines.warn(scrub(event)),
    error: (event) => lines.error(scrub(event)),
    child: (fields) => scrubbed(lines.child(scrub(fields))),
  };
}
