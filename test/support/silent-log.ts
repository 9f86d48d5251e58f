/** A logger for tests that do not look at it. */
import type { Logger } from '../../src/observe/logger.js';

const silence = (): void => undefined;

export const silentLog: Logger = {
  info: silence,
  warn: silence,
  error: silence,
  debug: silence,
  child: () => silentLog,
  during: (_fields, work) => work(),
};
