/** What a person decides at the demo provider: sign in, allow, deny, or take another account. Each decision is a POST of
 *  a form to the address of its interaction, whose cookie proves that it is the same browser.
 *  Called by the demo server. Must never: act on a GET, or take a decision for an interaction of another browser. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { consentPage, optionalScopes } from './pages/consent-page.js';
import { pageHeaders, renderPage, type Page } from './pages/page-frame.js';
import { signInPage } from './pages/sign-in-page.js';
import { findPerson, signIn } from './people.js';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The fields of the form; empty for a GET. */
  readonly form: URLSearchParams;
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

type Act = (exchange: Exchange) => Promise<void>;

export interface Interactions {
  /** Shows the page of the decision that stands out. */
  readonly show: Act;
  /** What a form can be posted to, by the last part of its address. */
  readonly acts: ReadonlyMap<string, Act>;
}

/** Each function throws oidc-provider's SessionNotFound where the browser has no such interaction. */
export function createInteractions(provider: Provider): Interactions {
  const detailsOf = ({ request, response }: Exchange): Promise<Interaction> =>
    provider.interactionDetails(request, response);

  const clientNameOf = async (interaction: Interaction): Promise<string> => {
    const client = await provider.Client.find(param(interaction, 'client_id'));
    return client?.clientName ?? 'this app';
  };

  const showSignIn = async (exchange: Exchange, interaction: Interaction, outcome: 'first-try' | 'refused') => {
    const page = signInPage({
      action: `/interaction/${interaction.uid}/sign-in`,
      clientName: await clientNameOf(interaction),
      login: exchange.form.get('login') ?? param(interaction, 'login_hint'),
      outcome,
    });
    send(exchange.response, outcome === 'refused' ? 403 : 200, page, interaction);
  };

  const show: Act = async (exchange) => {
    const interaction = await detailsOf(exchange);
    const person = findPerson(interaction.session?.accountId);
    if (interaction.prompt.name !== 'consent' || !person) {
      await showSignIn(exchange, interaction, 'first-try');
      return;
    }
    const page = consentPage({
      action: `/interaction/${interaction.uid}`,
      clientName: await clientNameOf(interaction),
      returnsTo: new URL(param(interaction, 'redirect_uri')).host,
      person,
      scopes: scopesOf(interaction),
    });
    send(exchange.response, 200, page, interaction);
  };

  const identify: Act = async (exchange) => {
    const interaction = await detailsOf(exchange);
    const { form, request, response } = exchange;
    const person = signIn({ login: form.get('login') ?? '', password: form.get('password') ?? '' });
    if (!person) {
      await showSignIn(exchange, interaction, 'refused');
      return;
    }
    await provider.interactionFinished(request, response, { login: { accountId: person.id, amr: ['pwd'] } });
  };

  const allow: Act = async (exchange) => {
    const interaction = await detailsOf(exchange);
    const accountId = interaction.session?.accountId;
    const clientId = param(interaction, 'client_id');
    if (interaction.prompt.name !== 'consent' || accountId === undefined) {
      redirect(exchange.response, `/interaction/${interaction.uid}`);
      return;
    }
    // A grant of its own for each consent: revoking one connection leaves the others alone.
    const grant = new provider.Grant({ accountId, clientId });
    const ticked = new Set(exchange.form.getAll('scope'));
    const isGiven = (scope: string): boolean => ticked.has(scope) || !optionalScopes.has(scope);
    const asked = scopesOf(interaction);
    grant.addOIDCScope(asked.filter(isGiven).join(' '));
    grant.rejectOIDCScope(asked.filter((scope) => !isGiven(scope)).join(' '));
    const result = { consent: { grantId: await grant.save() } };
    await provider.interactionFinished(exchange.request, exchange.response, result);
  };

  const deny: Act = async (exchange) => {
    await detailsOf(exchange);
    await provider.interactionFinished(
      exchange.request,
      exchange.response,
      { error: 'access_denied', error_description: 'The person denied access.' },
      { mergeWithLastSubmission: false },
    );
  };

  // Forgets who is signed in and asks again.
  const switchAccount: Act = async (exchange) => {
    const interaction = await detailsOf(exchange);
    const session = await provider.Session.get(provider.createContext(exchange.request, exchange.response));
    await session.destroy();
    // The same request again, now by nobody, so that it begins with the sign-in.
    redirect(exchange.response, `/auth?${new URLSearchParams(textsOf(interaction.params)).toString()}`);
  };

  const acts = new Map([
    ['sign-in', identify],
    ['consent', allow],
    ['deny', deny],
    ['switch', switchAccount],
  ]);
  return { show, acts };
}

function param({ params }: Interaction, name: string): string {
  const value = params[name];
  return typeof value === 'string' ? value : '';
}

function scopesOf(interaction: Interaction): string[] {
  return param(interaction, 'scope').split(' ').filter(Boolean);
}

function textsOf(params: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(params).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
  );
}

function send(response: ServerResponse, status: number, page: Page, interaction: Interaction): void {
  const target = new URL(param(interaction, 'redirect_uri')).origin;
  response.writeHead(status, pageHeaders([target])).end(renderPage(page));
}

export function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, 'cache-control': 'no-store' }).end();
}
