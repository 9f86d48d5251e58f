/** Provider as clients see it, and how a definition of the catalogue becomes one. */
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { callbackUrl } from '../connect/start.js';
import { Fault } from '../errors.js';
import { barePolicy } from '../providers/bare-policy.js';
import type { Provider, ProviderParameter, RefreshPolicy } from '../providers/provider.js';
import type { GraphqlContext } from './context.js';
import { RefreshModeEnum } from './enums.js';
import { fill } from './fill.js';
import { UrlScalar } from './scalars.js';

@ObjectType('RefreshPolicy', {
  description: "By which rule Latchkey refreshes a provider's tokens. Durations are whole seconds.",
})
export class RefreshPolicyType {
  @Field(() => RefreshModeEnum, { description: 'When a refresh happens.' })
  mode!: RefreshPolicy['mode'];

  @Field(() => Int, {
    nullable: true,
    description: 'How long before the end of the access token it is refreshed; null where the mode has no schedule.',
  })
  leadSeconds!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'By up to how much the moment is moved forward at random, so that accounts do not refresh together; null for none.',
  })
  jitterSeconds!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'After how long without use an account counts as idle; null where idleness does not matter.',
  })
  idleAfterSeconds!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'A refresh happens at least this often, since the refresh token dies unused; null where it does not.',
  })
  keepAliveSeconds!: number | null;

  @Field(() => String, { nullable: true, description: 'Why this policy suits this provider, in one sentence.' })
  reason!: string | null;

  @Field(() => UrlScalar, { nullable: true, description: "The provider's own documentation of it." })
  source!: string | null;
}

@ObjectType('ProviderParameter', {
  description: 'A value that a user must give before connecting, such as a subdomain.',
})
export class ProviderParameterType {
  @Field(() => String, { description: 'The name to give it by in startAuthorization.' })
  name!: string;

  @Field(() => String, { description: 'What to ask the user, in one sentence.' })
  description!: string;

  @Field(() => String, {
    nullable: true,
    description: 'A regular expression (ECMAScript) that the whole value must match; null for any text.',
  })
  pattern!: string | null;

  @Field(() => Boolean, { description: 'Whether a connection cannot start without it.' })
  required!: boolean;
}

@ObjectType('Provider', { description: 'A service where users can connect accounts, as the operator set it up.' })
export class ProviderType {
  @Field(() => ID, { description: 'The slug that queries and mutations take as `provider`.' })
  id!: string;

  @Field(() => String, { description: 'The name to show to people.' })
  name!: string;

  @Field(() => UrlScalar, { description: 'What must be registered as redirect URI at the provider (RFC 6749 §3.1.2).' })
  callbackUrl!: string;

  @Field(() => [String], { description: 'Asked for when startAuthorization names no scopes (RFC 6749 §3.3).' })
  defaultScopes!: readonly string[];

  @Field(() => [ProviderParameterType], {
    description: 'Values that a user must give before connecting, such as a subdomain.',
  })
  parameters!: readonly ProviderParameterType[];

  @Field(() => RefreshPolicyType, { description: 'By which rule its tokens are refreshed.' })
  refreshPolicy!: RefreshPolicyType;

  @Field(() => UrlScalar, {
    nullable: true,
    description: "The provider's own documentation for developers; null where the operator named none.",
  })
  documentationUrl!: string | null;
}

export function toProvider(provider: Provider, { publicUrl }: GraphqlContext): ProviderType {
  return fill(new ProviderType(), {
    id: provider.id,
    name: provider.name,
    callbackUrl: callbackUrl(publicUrl, provider.id),
    defaultScopes: provider.defaultScopes,
    parameters: provider.parameters.map(toParameter),
    refreshPolicy: toRefreshPolicy(provider.refreshPolicy),
    documentationUrl: provider.documentationUrl,
  });
}

/** The provider of something that is stored. An operator may have taken the provider away since; what was stored must
 *  still be readable, so it then appears by its id alone. */
export function providerOf(providerId: string, context: GraphqlContext): ProviderType {
  const provider = findProvider(providerId, context);
  if (provider) return toProvider(provider, context);
  return fill(new ProviderType(), {
    id: providerId,
    name: providerId,
    callbackUrl: callbackUrl(context.publicUrl, providerId),
    defaultScopes: [],
    parameters: [],
    refreshPolicy: toRefreshPolicy(noPolicy),
    documentationUrl: null,
  });
}

export function findProvider(providerId: string, { useCases }: GraphqlContext): Provider | null {
  try {
    return useCases.catalogue.get(providerId);
  } catch (error) {
    if (error instanceof Fault && error.code === 'UNKNOWN_PROVIDER') return null;
    throw error;
  }
}

const noPolicy = barePolicy('NEVER', 'This provider is no longer set up here, so its tokens are not refreshed.');

function toParameter({ name, description, pattern, required }: ProviderParameter): ProviderParameterType {
  return fill(new ProviderParameterType(), { name, description, pattern, required });
}

export function toRefreshPolicy(policy: RefreshPolicy): RefreshPolicyType {
  return fill(new RefreshPolicyType(), {
    mode: policy.mode,
    leadSeconds: policy.leadSeconds,
    jitterSeconds: policy.jitterSeconds,
    idleAfterSeconds: policy.idleAfterSeconds,
    keepAliveSeconds: policy.keepAliveSeconds,
    reason: policy.reason,
    source: policy.source,
  });
}
