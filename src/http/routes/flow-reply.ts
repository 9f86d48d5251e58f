/** How the routes of the flow answer: pages, also for what was thrown. Called by connect and callback. */
import type { FastifyReply } from 'fastify';
import type { Logger } from '../../observe/logger.js';
import { flowPagePolicy } from '../pages/flow-page.js';
import { renderProblemPage } from '../pages/problem-page.js';
import { httpAnswerOf, reportFault, setAnswerHeaders } from '../problem-answer.js';
import type { Route } from '../route.js';

/** The address of such a page may carry a code, and its fields do: it is not kept, and no later request names it. */
export function showPage(reply: FastifyReply, page: string, status = 200): FastifyReply {
  return reply
    .code(status)
    .headers({
      'content-security-policy': flowPagePolicy,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    .type('text/html; charset=utf-8')
    .send(page);
}

export function showFaults(log: Logger): NonNullable<Route['handleFault']> {
  return async (error, request, reply) => {
    const answer = httpAnswerOf(error);
    reportFault(error, answer, log);
    setAnswerHeaders(reply, answer);
    return showPage(reply, renderProblemPage(answer, request.id), answer.status);
  };
}
