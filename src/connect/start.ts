/** Starts an attempt to connect: checks what was asked, prepares the request at the provider, keeps the attempt.
 *  Called by graphql's startAuthorization. Nothing that a caller sends reaches the provider or a later redirect unless
 *  the operator registered it: scopes, redirect URI and returnTo are compared with lists, byte for byte (RFC 9700 §4.1,
 *  §4.11). */
import type { AccountStore } from '../accounts/account-store.js';
import type { Actor } from '../callers/actor.js';
import type { Clock } from '../clock.js';
import { newId } from '../database/new-id.js';
import { fail } from '../errors.js';
import type { Metrics } from '../observe/measures.js';
import type { AuthorizationRequests } from '../oauth/authorization-request.js';
import { handOverState } from '../oauth/hand-over.js';
import type { Catalogue, Provider } from '../providers/provider.js';
import { fillProvider } from '../providers/fill-provider.js';
import { Secret } from '../secret.js';
import { browserCookieName } from './browser-cookie.js';
import { readProviderParameters, type ParameterValue } from './provider-parameters.js';
import type { PendingStore } from './pending-store.js';
import type { RandomText } from './random-text.js';

export interface StartRequest {
  readonly providerId: string;
  /** Null asks for the provider's default scopes. */
  readonly scopes: readonly string[] | null;
  /** The app's own callback page; null takes /oauth/callback/:provider. */
  readonly redirectUri: string | null;
  readonly returnTo: string | null;
  /** The account to connect again; null makes a new one. */
  readonly accountId: string | null;
  readonly loginHint: string | null;
  readonly parameters: readonly ParameterValue[];
}

export interface StartedAuthorization {
  readonly authorizationUrl: string;
  readonly oneTimeUrl: string;
  readonly state: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** To be set in the browser that asked; null where no browser may finish by cookie. */
  readonly browserCookie: BrowserCookie | null;
}

export interface BrowserCookie {
  readonly name: string;
  readonly value: string;
  readonly maxAgeSeconds: number;
}

export interface StartParts {
  readonly catalogue: Catalogue;
  readonly accounts: Pick<AccountStore, 'find'>;
  readonly requests: AuthorizationRequests;
  readonly pending: PendingStore;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'authorizationStarted'>;
  readonly randomText: RandomText;
  readonly settings: StartSettings;
}

export interface StartSettings {
  /** Origin of this deployment, without a trailing slash. */
  readonly publicUrl: string;
  /** Where the browser may go after our callback page, byte for byte. */
  readonly returnTo: readonly string[];
  readonly lifetimeSeconds: number;
}

export type Start = (actor: Actor, request: StartRequest) => Promise<StartedAuthorization>;

/** The returned function throws UNKNOWN_PROVIDER, BAD_USER_INPUT naming the field, ACCOUNT_NOT_FOUND, PROVIDER_*. */
export function createStart({
  catalogue,
  accounts,
  requests,
  pending,
  clock,
  metrics,
  randomText,
  settings,
}: StartParts): Start {
  return async (actor, request) => {
    const template = catalogue.get(request.providerId);
    const providerValues = readProviderParameters(template, request.parameters);
    const provider = fillProvider(template, providerValues, 'start');
    const scopes = chooseScopes(provider, request.scopes);
    const redirectUri = chooseRedirectUri(provider, request.redirectUri);
    assertReturnTo(request.returnTo);
    assertLoginHint(request.loginHint);
    await assertOwnAccount(actor, provider, request.accountId);

    const prepared = await requests.prepare({ provider, redirectUri, scopes, loginHint: request.loginHint });
    const stateHash = prepared.state.digest();
    const link = randomText();
    const browser = mayFinishByCookie(actor, provider, redirectUri) ? randomText() : null;
    const expiresAt = clock.now() + settings.lifetimeSeconds * 1000;
    await pending.add({
      id: newId('att', clock),
      stateHash,
      providerId: provider.id,
      actorId: actor.actorId,
      subjectId: actor.subjectId,
      accountId: request.accountId,
      reason: actor.reason,
      redirectUri,
      returnTo: request.returnTo,
      requestedScopes: scopes,
      providerValues,
      linkHash: Secret.of(link).digest(),
      browserHash: browser === null ? null : Secret.of(browser).digest(),
      expiresAt,
      codeVerifier: prepared.codeVerifier,
      nonce: prepared.nonce,
      authorizationUrl: Secret.of(prepared.authorizationUrl),
    });
    metrics.authorizationStarted({ provider: provider.id });
    return {
      authorizationUrl: prepared.authorizationUrl,
      oneTimeUrl: `${settings.publicUrl}/connect/${provider.id}?link=${link}`,
      state: handOverState(prepared.state),
      expiresAt,
      browserCookie:
        browser === null
          ? null
          : {
              name: browserCookieName(settings.publicUrl, stateHash),
              value: browser,
              maxAgeSeconds: settings.lifetimeSeconds,
            },
    };
  };

  function chooseRedirectUri(provider: Provider, asked: string | null): string {
    const own = callbackUrl(settings.publicUrl, provider.id);
    if (asked === null || asked === own) return own;
    if (provider.redirectUris.includes(asked)) return asked;
    return fail('BAD_USER_INPUT', {
      field: 'redirectUri',
      why: `"redirectUri" is not registered for the provider "${provider.id}". Leave it out, or ask the operator to register it, character for character.`,
    });
  }

  function assertReturnTo(returnTo: string | null): void {
    if (returnTo === null || settings.returnTo.includes(returnTo)) return;
    fail('BAD_USER_INPUT', {
      field: 'returnTo',
      why: '"returnTo" is not on the list of addresses that the browser may return to. Ask the operator to add it, character for character.',
    });
  }

  function mayFinishByCookie(actor: Actor, provider: Provider, redirectUri: string): boolean {
    return !actor.isOnBehalf && redirectUri === callbackUrl(settings.publicUrl, provider.id);
  }

  async function assertOwnAccount(actor: Actor, provider: Provider, accountId: string | null): Promise<void> {
    if (accountId === null) return;
    const account = await accounts.find({ userId: actor.subjectId, accountId });
    if (account?.providerId !== provider.id) fail('ACCOUNT_NOT_FOUND');
  }
}

/** The redirect URI of our own callback page: one a provider, against mix-up (RFC 9700 §4.4). */
export function callbackUrl(publicUrl: string, providerId: string): string {
  return `${publicUrl}/oauth/callback/${providerId}`;
}

function chooseScopes(provider: Provider, asked: readonly string[] | null): readonly string[] {
  if (asked === null) return provider.defaultScopes;
  const unknown = asked.find((scope) => !provider.allowedScopes.includes(scope));
  if (unknown !== undefined) {
    fail('BAD_USER_INPUT', {
      field: 'scopes',
      why: `The scope "${printable(unknown)}" may not be asked of the provider "${provider.id}" here. Allowed: ${provider.allowedScopes.join(', ')}.`,
    });
  }
  if (asked.length === 0 && provider.allowedScopes.length > 0) {
    fail('BAD_USER_INPUT', { field: 'scopes', why: '"scopes" is empty. Name at least one, or leave it out.' });
  }
  return [...new Set(asked)];
}

function assertLoginHint(loginHint: string | null): void {
  if (loginHint === null || loginHint.length <= maxLoginHintLength) return;
  fail('BAD_USER_INPUT', {
    field: 'loginHint',
    why: `"loginHint" is longer than ${maxLoginHintLength} characters.`,
  });
}

const maxLoginHintLength = 320;

/** A caller's own text in an answer to that caller: short, and without what a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
