/** The demo provider as the catalogue knows it: a definition like any other, written to the providers folder at each
 *  start. Called by start.ts. */
import { stringify } from 'yaml';
import { appCallbacks, demoClientId, type DevelopmentAddresses } from './development-settings.js';

const explanation = ` The demo provider. npm start writes this file anew each time; write your own providers beside it,
 one file each, and npm start serves them too. docs/providers.md says what can stand in one.`;

export function demoDefinition(addresses: DevelopmentAddresses): string {
  const definition = {
    name: 'Demo provider',
    issuer: addresses.demoUrl,
    // Production refuses a provider on this machine.
    network: 'loopback',
    clientId: demoClientId,
    clientAuthentication: 'client_secret_basic',
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    // OpenID Connect Core §11: no offline_access, and so no refresh token, without asking.
    authorizationParameters: { prompt: 'consent' },
    redirectUris: appCallbacks(addresses),
    api: { base: addresses.demoUrl },
    refreshPolicy: {
      mode: 'lazy',
      reason: 'Its access tokens live ten minutes and each refresh token works once, so a refresh waits for its use.',
    },
  };
  return `#${explanation.replaceAll('\n', '\n#')}\n${stringify(definition, { lineWidth: 0 })}`;
}
