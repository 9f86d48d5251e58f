/** The enums of the schema, each value with what it means to a client. Their names are those of the rooms below; a value
 *  that lacks a description, or has no counterpart there, does not compile. */
import { registerEnumType } from 'type-graphql';
import type { AccountStatus, RefreshErrorCode } from '../accounts/connected-account.js';
import type { RefreshEventOutcome, RefreshEventReason } from '../accounts/refresh-event.entity.js';
import { actions, serviceActions, type ServiceAction } from '../callers/actions.js';
import type { RevocationOutcome } from '../connect/revocation-outcome.js';
import type { ProblemCode, Remedy } from '../errors.js';
import type { AccountEventType } from '../events/account-event.js';
import type { FeedItem } from '../events/event-feed.js';
import type { DeliveryState } from '../events/outbox-store.js';
import type { IncidentCause } from '../refresh/provider-incident.entity.js';
import type { RefreshPolicy } from '../providers/provider.js';
import type { JsonCall } from '../proxy/send-json.js';

export const ProblemCodeEnum = describeEnum<ProblemCode>('ProblemCode', 'What stands in the way. May grow.', {
  NOT_CONNECTED: 'The user has no account at this provider yet. Start a connection.',
  REAUTHORIZATION_REQUIRED: 'The provider no longer accepts the connection: the user must connect the account again.',
  SCOPE_MISSING: 'The user did not grant a scope that this needs: connect again and grant it.',
  AMBIGUOUS_ACCOUNT: 'Several accounts are connected at this provider: say which one with accountId.',
  STATE_INVALID:
    'This attempt to connect is unknown, over, already used, or belongs to another user, browser or provider. Start a new one.',
  AUTHORIZATION_DENIED: 'The user or the provider refused the consent. Nothing was connected.',
  PROVIDER_RATE_LIMITED: 'The provider asks for fewer calls. Try again after retryAfterSeconds.',
  PROVIDER_UNAVAILABLE: 'The provider gave no usable answer. Try again later; the connection is kept.',
  PROVIDER_MISCONFIGURED: 'The registration of Latchkey at the provider is at fault. Its operator must mend it.',
});

export const RemedyEnum = describeEnum<Remedy>(
  'Remedy',
  'What helps, whatever the code: enough to draw a button. Closed.',
  {
    RECONNECT: 'Send the user through startAuthorization again.',
    CHOOSE_ACCOUNT: 'Ask the user which account is meant and repeat with its accountId.',
    RETRY: 'Repeat later, or repeat with the input mended; nothing needs the user.',
    ASK_OPERATOR: 'Only whoever runs Latchkey can mend this.',
  },
);

export const AccountStatusEnum = describeEnum<AccountStatus>(
  'AccountStatus',
  'Whether an account can be used. May grow.',
  {
    ACTIVE: 'The tokens are kept and, as far as is known, accepted.',
    NEEDS_REAUTHORIZATION: 'The provider no longer accepts the grant: the user must connect the account again.',
  },
);

const refreshErrors: Readonly<Record<RefreshErrorCode, string>> = {
  INVALID_GRANT: 'The provider refused the refresh token: revoked, over, or used up.',
  INVALID_CLIENT: 'The provider refused the registration of Latchkey, not the user.',
  RATE_LIMITED: 'The provider asked for fewer calls.',
  PROVIDER_ERROR: 'The provider answered with a fault of its own.',
  TIMED_OUT: 'The provider did not answer in time, or could not be reached.',
  UNREADABLE_ANSWER: 'The answer was no token answer.',
  OUTCOME_UNKNOWN:
    'Whether the provider spent the refresh token cannot be known, and asking again could cost the grant.',
};

export const RefreshErrorCodeEnum = describeEnum<RefreshErrorCode>(
  'RefreshErrorCode',
  'Why a refresh failed (RFC 6749 §5.2 where the provider said so). May grow.',
  refreshErrors,
);

export const RefreshEventOutcomeEnum = describeEnum<RefreshEventOutcome>(
  'RefreshEventOutcome',
  'What became of a refresh: GRANTED, LET_GO, TOO_EARLY, or why it failed as in RefreshErrorCode. May grow.',
  {
    GRANTED: 'The provider gave new tokens, and they were stored.',
    LET_GO: 'The provider gave new tokens, and the account had newer ones by then: those were kept.',
    TOO_EARLY: 'The provider gave the tokens that stood already; it is asked again later.',
    ...refreshErrors,
  },
);

export const RefreshEventReasonEnum = describeEnum<RefreshEventReason>(
  'RefreshEventReason',
  'Why a refresh was made. May grow.',
  {
    SCHEDULED: 'Its time had come, before the access token ended.',
    KEEP_ALIVE: 'The refresh token would have died unused.',
    BEHIND: 'The access token was near its end when it was used; the caller did not wait.',
    EXPIRED: 'The access token was over when somebody wanted to use it.',
    REFUSED: 'The provider had refused the access token (401).',
    ASKED: 'A person asked for it.',
    RESUMED: 'The user came back after a time without use.',
    RECOVERED: 'It had been cut off by the end of a process, and its answer was taken up again.',
  },
);

export const RefreshModeEnum = describeEnum<RefreshPolicy['mode']>(
  'RefreshMode',
  'When tokens are refreshed. May grow.',
  {
    SCHEDULED: 'At a time before the access token ends (leadSeconds), whether or not anyone uses it.',
    LAZY: 'When it is used: no refresh that nobody needs.',
    WHEN_ACTIVE: 'Scheduled while the user is active, paused after idleAfterSeconds without use.',
    NEVER: 'Never: the tokens do not end.',
  },
);

export const IncidentCauseEnum = describeEnum<IncidentCause>(
  'IncidentCause',
  'Why refreshes of many accounts fail at one provider. May grow.',
  {
    CLIENT_REFUSED: 'The provider refuses the client: its id, its secret, or how they are sent.',
    AUTHORIZE_URL_CALLED: 'It answers with a page or a redirect: the authorize URL was called as an API.',
    WRONG_ENDPOINT: 'There is no token endpoint at the address; it may have moved.',
    REQUESTS_REFUSED: 'It refuses the requests as badly made.',
    GRANTS_REFUSED: 'It suddenly refuses the grants of all accounts, which is not believed yet.',
    RATE_LIMITED: 'It asks for fewer refreshes.',
    OUTAGE: 'It does not answer, or with faults of its own.',
  },
);

export const RevocationOutcomeEnum = describeEnum<RevocationOutcome>(
  'RevocationOutcome',
  'What became of the grant at the provider (RFC 7009). Latchkey has forgotten the tokens in every case. May grow.',
  {
    REVOKED: 'The provider revoked it.',
    NOT_SUPPORTED: 'The provider offers no revocation: the user can end the grant in their account there.',
    KEPT_SHARED_GRANT: 'Another connected account lives on the same grant, so it was not revoked.',
    FAILED_WILL_RETRY: 'The provider did not answer. Latchkey tries again by itself.',
  },
);

export const HttpMethodEnum = describeEnum<JsonCall['method']>('HttpMethod', 'How to call (RFC 9110 §9). May grow.', {
  GET: 'Read.',
  POST: 'Hand in, whatever the API makes of it.',
  PUT: 'Put in the place of what is there.',
  PATCH: 'Change a part of it (RFC 5789).',
  DELETE: 'Remove.',
});

const accountEvents: Readonly<Record<AccountEventType, string>> = {
  CONNECTED: 'The account was connected, or connected again.',
  REFRESHED: 'Its tokens were refreshed.',
  NEEDS_REAUTHORIZATION: 'The provider no longer accepts the grant: the user must connect the account again.',
  RECOVERED: 'It works again after failures, by a refresh or a new consent.',
  DISCONNECTED: 'It was disconnected; nothing is kept of it any more.',
  EXPIRING: 'Its refresh token will die soon unless the user comes back or connects again; see refreshTokenExpiresAt.',
};

export const ConnectedAccountEventTypeEnum = describeEnum<FeedItem['type']>(
  'ConnectedAccountEventType',
  'What happened to an account. May grow.',
  {
    RESYNC: 'Changes may have been missed: read the accounts anew. Comes first after every subscribe.',
    ...accountEvents,
  },
);

export const WebhookEventTypeEnum = describeEnum<AccountEventType>(
  'WebhookEventType',
  'What happened to an account, of what the webhook is told. May grow.',
  accountEvents,
);

export const WebhookDeliveryStateEnum = describeEnum<DeliveryState>(
  'WebhookDeliveryState',
  'How far an event is with the webhook. Closed.',
  {
    PENDING: 'It waits to be sent, or to be sent again.',
    DELIVERED: 'The receiver took it.',
    DEAD: 'It was tried for more than a day, or the receiver wants no more of it (410). replayWebhooks sends it again.',
  },
);

export const ServiceActionEnum = describeEnum<ServiceAction>(
  'ServiceAction',
  'What a service token can be given to do. May grow.',
  Object.fromEntries(serviceActions.map((name) => [name, actions[name].what])) as Record<ServiceAction, string>,
);

/** Registers an enum whose values are spelt like their names. */
function describeEnum<Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
): { readonly [Name in Value]: Name } {
  const names = Object.keys(values) as Value[];
  const registered = Object.fromEntries(names.map((value) => [value, value])) as { readonly [Name in Value]: Name };
  registerEnumType(registered, {
    name,
    description,
    valuesConfig: Object.fromEntries(names.map((value) => [value, { description: values[value] }])) as Record<
      Value,
      { description: string }
    >,
  });
  return registered;
}
