/** Reads incidents of providers for admins. Called by graphql's providerIncidents. They name providers and numbers of accounts, no
 *  user, so that reading them is no act on anybody and leaves no line in the audit. */
import type { Caller } from '../callers/caller.js';
import { assertMay } from '../callers/may.js';
import type { Page } from '../database/page.js';
import type { IncidentPageRequest, IncidentStore, ProviderIncident } from '../refresh/incident-store.js';

/** Newest first. Throws FORBIDDEN to all but admins, BAD_USER_INPUT for an unfit page size or cursor. */
export type ReadIncidents = (caller: Caller, request: IncidentPageRequest) => Promise<Page<ProviderIncident>>;

export function createReadIncidents({ incidents }: { readonly incidents: Pick<IncidentStore, 'page'> }): ReadIncidents {
  return async (caller, request) => {
    assertMay(caller, 'INCIDENTS_READ');
    return incidents.page(request);
  };
}
