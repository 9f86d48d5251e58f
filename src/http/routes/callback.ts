/** Where providers send the browser back: one address a provider, against mix-up (RFC 9700 §4.4). Rows for the table of
 *  routes, taken by app.ts. A GET, or the POST of a provider's page, shows the loader page and spends nothing; the page's form posts itself, and the POST is
 *  answered with 303 (RFC 9700 §4.12) to the app or to the outcome page, so that no address keeps a code. */
import type { FastifyReply } from 'fastify';
import { isAnswerParameter, maxAnswerLength, type Parameters } from '../../connect/callback-answer.js';
import type { Connect } from '../../connect/create-connect.js';
import type { BrowserOutcome } from '../../connect/finish-in-browser.js';
import type { Fault } from '../../errors.js';
import type { Logger } from '../../observe/logger.js';
import type { Catalogue, Provider } from '../../providers/provider.js';
import { clearBrowserCookie } from '../browser-cookie.js';
import { HttpFault } from '../http-fault.js';
import { flowResultOf, flowResults, isFlowResult } from '../pages/flow-result.js';
import { renderLoaderPage } from '../pages/loader-page.js';
import { renderOutcomePage } from '../pages/outcome-page.js';
import { renderUnfinishedPage } from '../pages/unfinished-page.js';
import type { Route } from '../route.js';
import { showFaults, showPage } from './flow-reply.js';
import { assertOwnForm, isOwnForm, readParametersOf } from './own-form.js';

export interface CallbackRouteParts {
  readonly connect: Pick<Connect, 'browser'>;
  readonly catalogue: Catalogue;
  readonly log: Logger;
}

const path = '/oauth/callback/:provider';

export function callbackRoutes({ connect, catalogue, log }: CallbackRouteParts): Route[] {
  const { browser } = connect;
  const handleFault = showFaults(log);

  const loader: Route = {
    method: 'GET',
    path,
    who: 'anyone',
    bodyLimitBytes: 0,
    handleFault,
    async handle(request, reply) {
      const provider = providerOf(request.params);
      return showLoader(reply, provider, readParametersOf(request.query));
    },
  };

  const finish: Route = {
    method: 'POST',
    path,
    who: 'anyone',
    bodyLimitBytes: maxAnswerLength, // a form is percent-encoded, so a character is a byte
    handleFault,
    async handle(request, reply) {
      const provider = providerOf(request.params);
      const parameters = readParametersOf(request.body);
      // Form Post Response Mode §4: the provider's page posts the answer, and no cookie comes along from there (SameSite). It
      // is worth what a GET is worth: our own page, which posts it again.
      const isAnswer = provider.dialect.callback.responseMode === 'form_post' && !isOwnForm(request);
      if (isAnswer) return showLoader(reply, provider, parameters);
      assertOwnForm(request);
      const outcome = await browser.finish({
        providerId: provider.id,
        parameters,
        cookies: request.cookies,
        requestId: request.id,
      });
      if (outcome.kind === 'unfinished') return showUnfinished(reply, outcome.problem, { provider, parameters });
      return goOn(reply, outcome, provider.id);
    },
  };

  const outcome: Route = {
    method: 'GET',
    path: `${path}/outcome`,
    who: 'anyone',
    bodyLimitBytes: 0,
    handleFault,
    async handle(request, reply) {
      const provider = providerOf(request.params);
      const { result } = request.query as { result?: unknown };
      if (!isFlowResult(result)) throw new HttpFault('NOT_FOUND');
      return showPage(reply, renderOutcomePage(result, provider.name), flowResults[result].status);
    },
  };

  return [loader, finish, outcome];

  /** Spends nothing. Throws STATE_INVALID. */
  async function showLoader(reply: FastifyReply, provider: Provider, parameters: Parameters): Promise<FastifyReply> {
    await browser.assertExpected({ providerId: provider.id, parameters });
    const page = renderLoaderPage({
      title: `Connecting ${provider.name}`,
      text: 'One moment: your sign-in is being checked.',
      action: `/oauth/callback/${provider.id}`,
      fields: parameters.filter(([name]) => isAnswerParameter(name, provider.dialect)),
    });
    return showPage(reply, page);
  }

  /** Throws UNKNOWN_PROVIDER. */
  function providerOf(params: unknown) {
    return catalogue.get((params as { provider: string }).provider);
  }
}

/** Whoever presses the button hands in the same answer again. */
function showUnfinished(
  reply: FastifyReply,
  { message, facts }: Fault,
  { provider, parameters }: { readonly provider: Provider; readonly parameters: Parameters },
): FastifyReply {
  const page = renderUnfinishedPage({
    title: `Still connecting ${provider.name}`,
    text: message,
    action: `/oauth/callback/${provider.id}`,
    fields: parameters.filter(([name]) => isAnswerParameter(name, provider.dialect)),
  });
  if (facts.retryAfterSeconds !== undefined) void reply.header('retry-after', String(facts.retryAfterSeconds));
  return showPage(reply, page, 503);
}

/** Throws the problem of an answer that belongs to no attempt. */
function goOn(reply: FastifyReply, outcome: EndOutcome, providerId: string): FastifyReply {
  if (outcome.kind === 'unknown') throw outcome.problem;
  if ('spentCookie' in outcome && outcome.spentCookie !== null) clearBrowserCookie(reply, outcome.spentCookie);
  return reply.redirect(nextPage(outcome, providerId), 303);
}

type EndOutcome = Exclude<BrowserOutcome, { kind: 'unfinished' }>;

function nextPage(outcome: Exclude<EndOutcome, { kind: 'unknown' }>, providerId: string): string {
  const outcomePage = `/oauth/callback/${providerId}/outcome?result=`;
  if (outcome.kind === 'parked') return addParameter(outcome.returnTo, 'latchkey_handle', outcome.handle);
  if (outcome.kind === 'other-browser' || outcome.kind === 'link-without-return')
    return `${outcomePage}${outcome.kind}`;
  const { problem, returnTo } = outcome;
  if (returnTo === null) {
    return `${outcomePage}${outcome.kind === 'interrupted' ? 'interrupted' : flowResultOf(problem)}`;
  }
  return addParameter(returnTo, 'latchkey_outcome', problem?.code ?? 'connected');
}

/** Adds to the query and leaves every other character as the app registered it; it has no fragment (the configuration
 *  refuses one). */
function addParameter(address: string, name: string, value: string): string {
  return `${address}${address.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}
