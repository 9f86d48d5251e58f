/** Logs a fault that a caller is told of: its detail and cause are for the log alone. Called where a fault becomes an
 *  error (answer-plugin.ts) and where it becomes data (problem-from-fault.ts). */
import type { Fault } from '../errors.js';
import type { Logger } from '../observe/logger.js';

export function reportProblem({ code, facts, detail, cause }: Fault, log: Logger): void {
  const { provider, accountId } = facts;
  log.info({
    event: 'graphql.refused',
    code,
    provider,
    accountId,
    detail,
    ...(cause === undefined ? {} : { err: cause }),
  });
}
