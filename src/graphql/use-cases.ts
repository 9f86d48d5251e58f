/** What resolvers may call: the use cases and reads of the rooms below, joined by app.ts. Each resolver calls one. */
import type { AccountStore } from '../accounts/account-store.js';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { RefreshHistory } from '../accounts/refresh-history.js';
import type { LookAfterWebhook } from '../admin/look-after-webhook.js';
import type { ManageServiceTokens } from '../admin/manage-service-tokens.js';
import type { OpenUser } from '../admin/open-user.js';
import type { OverridePolicy } from '../admin/override-policy.js';
import type { ReadIncidents } from '../admin/read-incidents.js';
import type { RefreshByHand } from '../admin/refresh-by-hand.js';
import type { Audit } from '../audit/audit.js';
import type { Actor } from '../callers/actor.js';
import type { Connect } from '../connect/create-connect.js';
import type { EventFeed } from '../events/event-feed.js';
import type { ProviderProfile } from '../profile/provider-profile.js';
import type { Catalogue } from '../providers/provider.js';
import type { RecordActivity } from '../refresh/record-activity.js';
import type { RefreshSchedule } from '../refresh/schedule.js';
import type { SendJson } from '../proxy/send-json.js';

export interface UseCases {
  readonly catalogue: Catalogue;
  readonly accounts: Pick<AccountStore, 'find' | 'page' | 'count'>;
  readonly audit: Pick<Audit, 'page'>;
  readonly history: Pick<RefreshHistory, 'page'>;
  readonly feed: Pick<EventFeed, 'listen'>;
  readonly me: ReadMe;
  readonly connect: Pick<Connect, 'start' | 'complete' | 'disconnect'>;
  readonly lookAfterWebhook: LookAfterWebhook;
  readonly openUser: OpenUser;
  readonly overridePolicy: OverridePolicy;
  readonly refreshByHand: RefreshByHand;
  readonly readIncidents: ReadIncidents;
  readonly recordActivity: RecordActivity;
  readonly serviceTokens: ManageServiceTokens;
  readonly schedule: Pick<RefreshSchedule, 'policyOf' | 'dueAt'>;
  readonly sendJson: SendJson;
}

/** The use case of proxy/me.ts. */
export interface ReadMe {
  /** Throws NOT_CONNECTED, AMBIGUOUS_ACCOUNT, REAUTHORIZATION_REQUIRED, PROVIDER_*, UNKNOWN_PROVIDER, ACCOUNT_NOT_FOUND. */
  read(
    actor: Actor,
    target: { readonly providerId: string; readonly accountId: string | null },
  ): Promise<{ readonly account: ConnectedAccount; readonly profile: ProviderProfile }>;
}
