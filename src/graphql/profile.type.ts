/** A person as a provider knows them, and what stands in the way of it. */
import { Field, ID, ObjectType, createUnionType } from 'type-graphql';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { ProviderProfile } from '../profile/provider-profile.js';
import { ConnectedAccountType, toConnectedAccount } from './connected-account.type.js';
import type { GraphqlContext } from './context.js';
import { fill } from './fill.js';
import { AmbiguousAccountProblemType, ConnectionProblemType, ProviderProblemType } from './problem.type.js';
import { JsonScalar, UrlScalar } from './scalars.js';

@ObjectType('Profile', {
  description: 'A person as a provider knows them: asked of the provider at each call with the stored token.',
})
export class ProfileType {
  @Field(() => ID, {
    description:
      'Opaque, begins with prf_. Minted from the connected account and unique across types, so that caches keep two accounts apart.',
  })
  id!: string;

  @Field(() => ID, { nullable: true, description: "The provider's own id of this person; null where it gives none." })
  externalId!: string | null;

  @Field(() => String, { nullable: true, description: 'The name to show; null where the provider gives none.' })
  name!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The e-mail address as the provider gives it, verified or not; null where it gives none or the scope lacks.',
  })
  email!: string | null;

  @Field(() => UrlScalar, { nullable: true, description: 'A picture; null where the provider gives none.' })
  avatarUrl!: string | null;

  @Field(() => JsonScalar, { description: "The provider's answer as it came, tokens removed." })
  raw!: unknown;

  @Field(() => ConnectedAccountType, { description: 'The account whose token was used.' })
  account!: ConnectedAccountType;
}

export const ProfileResultUnion = createUnionType({
  name: 'ProfileResult',
  description: 'A profile, or the problem in its way. May grow: always select ... on Problem.',
  types: () => [ProfileType, ConnectionProblemType, AmbiguousAccountProblemType, ProviderProblemType] as const,
});

export function toProfile(
  { account, profile }: { account: ConnectedAccount; profile: ProviderProfile },
  context: GraphqlContext,
): ProfileType {
  return fill(new ProfileType(), {
    id: account.id.replace(/^acc_/, 'prf_'),
    externalId: profile.externalId,
    name: profile.name,
    email: profile.email,
    avatarUrl: profile.avatarUrl,
    raw: profile.raw,
    account: toConnectedAccount(account, context),
  });
}
