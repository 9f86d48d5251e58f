/** The sign-in and consent pages of a test's oidc-provider: a form with one field, `answer`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider as OidcServer } from 'oidc-provider';

export async function serveInteraction(
  oidc: OidcServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const details = await oidc.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response
      .setHeader('content-type', 'text/html')
      .end(`<form method="post" data-prompt="${details.prompt.name}"></form>`);
    return;
  }
  const form = new URLSearchParams(await readBody(request));
  await oidc.interactionFinished(request, response, await resultOf(oidc, details, form.get('answer') ?? ''), {
    mergeWithLastSubmission: form.get('answer') !== 'no',
  });
}

type Details = Awaited<ReturnType<OidcServer['interactionDetails']>>;

async function resultOf(oidc: OidcServer, details: Details, answer: string): Promise<Record<string, unknown>> {
  if (answer === 'no')
    return { error: 'access_denied', error_description: 'planted provider text: <b>she said no</b>' };
  if (details.prompt.name === 'login') return { login: { accountId: answer } };
  return { consent: { grantId: await grantEverything(oidc, details) } };
}

async function grantEverything(oidc: OidcServer, details: Details): Promise<string> {
  const known = details.grantId === undefined ? undefined : await oidc.Grant.find(details.grantId);
  const grant =
    known ??
    new oidc.Grant({ accountId: details.session?.accountId ?? '', clientId: String(details.params['client_id']) });
  const missing = details.prompt.details as { missingOIDCScope?: string[]; missingOIDCClaims?: string[] };
  if (missing.missingOIDCScope) grant.addOIDCScope(missing.missingOIDCScope.join(' '));
  if (missing.missingOIDCClaims) grant.addOIDCClaims(missing.missingOIDCClaims);
  return grant.save();
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
