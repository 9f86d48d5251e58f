/** What an incident of a provider says to the operator: what happened, and what to do. Pure; used by the log and by
 *  graphql. In our own words; never a provider's text. */
import type { IncidentCause } from './provider-incident.entity.js';

export function incidentSentence(cause: IncidentCause, providerId: string): string {
  return sentences[cause](`The provider "${providerId}"`);
}

const kept = 'Nobody has to connect again for it.';

const sentences: Readonly<Record<IncidentCause, (provider: string) => string>> = {
  CLIENT_REFUSED: (provider) =>
    `${provider} refuses the client of Latchkey. Compare client id, secret and clientAuthentication with the registration there, mend them and start again. ${kept}`,
  AUTHORIZE_URL_CALLED: (provider) =>
    `${provider} answers refreshes with a page or a redirect for people: you called the authorize URL as an API. Set the token endpoint of its definition to the token URL and start again. ${kept}`,
  WRONG_ENDPOINT: (provider) =>
    `${provider} has no token endpoint at the address that Latchkey was given; it may have moved. Set it in the definition and start again. ${kept}`,
  REQUESTS_REFUSED: (provider) =>
    `${provider} refuses refreshes of many accounts as badly made. Compare its definition (parameters, scopes) with its documentation. ${kept}`,
  GRANTS_REFUSED: (provider) =>
    `${provider} suddenly refuses the grants of all accounts, as some do when the client’s secret is wrong or the app was switched off there. Check both. Latchkey believes it after a day, or as soon as somebody can connect again; until then nobody is asked to.`,
  RATE_LIMITED: (provider) =>
    `${provider} asks for fewer refreshes. If it stays, set refreshPolicy.budgetPerSecond in its definition. ${kept}`,
  OUTAGE: (provider) =>
    `${provider} does not answer refreshes, or with faults of its own. Latchkey goes on by itself when it is back. ${kept}`,
};
