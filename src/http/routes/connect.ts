/** The plain link of an attempt (oneTimeUrl), which leads to the provider once. Rows for the table of routes, taken by
 *  app.ts. A GET shows the loader page and spends nothing, since mail scanners open links; the page's form posts itself.
 *  It sets no cookie: whoever opened the link proves nothing by it. */
import type { FastifyRequest } from 'fastify';
import type { Connect } from '../../connect/create-connect.js';
import type { Logger } from '../../observe/logger.js';
import type { Catalogue } from '../../providers/provider.js';
import { Secret } from '../../secret.js';
import { renderLoaderPage } from '../pages/loader-page.js';
import type { Route } from '../route.js';
import { showFaults, showPage } from './flow-reply.js';
import { assertOwnForm, readParametersOf } from './own-form.js';

export interface ConnectRouteParts {
  readonly connect: Pick<Connect, 'link'>;
  readonly catalogue: Catalogue;
  readonly log: Logger;
}

const path = '/connect/:provider';

export function connectRoutes({ connect, catalogue, log }: ConnectRouteParts): Route[] {
  const { link } = connect;
  const handleFault = showFaults(log);

  const loader: Route = {
    method: 'GET',
    path,
    who: 'anyone',
    bodyLimitBytes: 0,
    handleFault,
    async handle(request, reply) {
      const provider = providerOf(request);
      const text = linkOf(request.query);
      await link.assertUnopened({ providerId: provider.id, link: Secret.of(text) });
      const page = renderLoaderPage({
        title: `On to ${provider.name}`,
        text: `${provider.name} will ask you to sign in and to agree.`,
        action: `/connect/${provider.id}`,
        fields: [['link', text]],
      });
      return showPage(reply, page);
    },
  };

  const open: Route = {
    method: 'POST',
    path,
    who: 'anyone',
    bodyLimitBytes: 1024,
    handleFault,
    async handle(request, reply) {
      const provider = providerOf(request);
      assertOwnForm(request);
      const opened = await link.open({ providerId: provider.id, link: Secret.of(linkOf(request.body)) });
      return reply.redirect(opened.authorizationUrl, 303);
    },
  };

  return [loader, open];

  /** Throws UNKNOWN_PROVIDER. */
  function providerOf(request: FastifyRequest) {
    return catalogue.get((request.params as { provider: string }).provider);
  }
}

/** Nothing for none, which no attempt has. */
function linkOf(source: unknown): string {
  return readParametersOf(source).find(([name]) => name === 'link')?.[1] ?? '';
}
