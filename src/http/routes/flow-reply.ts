/** How the routes of the flow answer: pages, also for what was thrown. Called by connect and callback. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../observe/logger.js';
import { flowPagePolicy } from '../pages/flow-page.js';
import { renderProblemPage } from '../pages/problem-page.js';
import { httpAnswerOf, reportFault, setAnswerHeaders } from '../problem-answer.js';

export interface FlowReply {
  readonly showPage: (reply: FastifyReply, page: string, status?: number) => FastifyReply;
  readonly handleFault: (error: unknown, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

export function createFlowReply({ publicUrl, log }: { publicUrl: string; log: Logger }): FlowReply {
  const policy = flowPagePolicy(publicUrl);

  function showPage(reply: FastifyReply, page: string, status = 200): FastifyReply {
    return reply
      .code(status)
      .headers({ 'content-security-policy': policy, 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
      .type('text/html; charset=utf-8')
      .send(page);
  }

  return {
    showPage,
    async handleFault(error, request, reply) {
      const answer = httpAnswerOf(error);
      reportFault(error, answer, log);
      setAnswerHeaders(reply, answer);
      return showPage(reply, renderProblemPage(answer, request.id), answer.status);
    },
  };
}
