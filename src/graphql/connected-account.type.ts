/** ConnectedAccount as clients see it, and how an account of the store becomes one. Tokens have no field here. */
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { missingScopes } from '../accounts/connected-account.js';
import type { AccountStatus, ConnectedAccount } from '../accounts/connected-account.js';
import type { GraphqlContext } from './context.js';
import { AccountStatusEnum } from './enums.js';
import { fill } from './fill.js';
import { ProviderType, RefreshPolicyType, providerOf, toRefreshPolicy } from './provider.type.js';
import { RefreshErrorType, toRefreshError } from './refresh-error.type.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType('ConnectedAccount', {
  description: "One user's grant at one provider. A user may hold several at one provider. Its tokens are never shown.",
})
export class ConnectedAccountType {
  @Field(() => ID, { description: 'Opaque, begins with acc_. Kept when the account is connected again.' })
  id!: string;

  @Field(() => ID, { description: "The user whose account it is: the JWT's user id." })
  userId!: string;

  @Field(() => ProviderType, {
    description: 'Where the account is. Known by its id alone when the operator has taken the provider away.',
  })
  provider!: ProviderType;

  @Field(() => ID, { nullable: true, description: "The provider's id of the account; null where it gives none." })
  externalId!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'How a person would recognise the account, such as a name or e-mail address; null where nothing is known.',
  })
  displayName!: string | null;

  @Field(() => AccountStatusEnum, { description: 'Whether the account can be used.' })
  status!: AccountStatus;

  @Field(() => [String], { description: 'What the user granted (RFC 6749 §3.3).' })
  grantedScopes!: readonly string[];

  @Field(() => [String], { description: 'What was asked for and not granted.' })
  missingScopes!: readonly string[];

  @Field(() => RefreshPolicyType, {
    description: "By which rule its tokens are refreshed: its provider's, or what an admin set for this account.",
  })
  refreshPolicy!: RefreshPolicyType;

  @Field(() => DateTimeScalar, { description: 'When it was connected first; connecting again does not change it.' })
  connectedAt!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'End of the access token, from the provider, its definition, or when it refused the last one; null where nothing is known.',
  })
  expiresAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the refresh token dies if nothing is done, from its answer or by its rule; null where nothing is known.',
  })
  refreshTokenExpiresAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the next refresh is due; null where none is planned, as while the user of a WHEN_ACTIVE account is away.',
  })
  nextRefreshAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the last refresh succeeded; null before the first.',
  })
  lastRefreshedAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When a caller last used it, true to the minute; null before the first use.',
  })
  lastUsedAt!: number | null;

  @Field(() => RefreshErrorType, {
    nullable: true,
    description: 'Why the last refresh failed; null once one has succeeded since.',
  })
  lastRefreshError!: RefreshErrorType | null;

  @Field(() => Int, { description: 'How many refreshes failed since the last that succeeded.' })
  consecutiveFailures!: number;
}

export function toConnectedAccount(account: ConnectedAccount, context: GraphqlContext): ConnectedAccountType {
  const provider = providerOf(account.providerId, context);
  return fill(new ConnectedAccountType(), {
    id: account.id,
    userId: account.userId,
    provider,
    externalId: account.externalId,
    displayName: account.displayName,
    status: account.status,
    grantedScopes: account.grantedScopes,
    missingScopes: missingScopes(account),
    refreshPolicy: toRefreshPolicy(context.useCases.schedule.policyOf(account)),
    connectedAt: account.connectedAt,
    expiresAt: account.expiresAt,
    refreshTokenExpiresAt: account.refreshTokenExpiresAt,
    nextRefreshAt: context.useCases.schedule.dueAt(account),
    lastRefreshedAt: account.lastRefreshedAt,
    lastUsedAt: account.lastUsedAt,
    lastRefreshError: account.lastError && toRefreshError(account.lastError),
    consecutiveFailures: account.consecutiveFailures,
  });
}
