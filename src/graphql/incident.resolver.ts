/** What admins read of the providers' health. */
import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import type { GraphqlContext } from './context.js';
import { ProviderIncidentConnectionType, toIncidentConnection } from './provider-incident.type.js';

@Resolver()
export class IncidentResolver {
  @Query(() => ProviderIncidentConnectionType, {
    nullable: true,
    description:
      'Incidents of providers, newest first. Throws FORBIDDEN to all but admins, BAD_USER_INPUT for an unfit page size or cursor.',
  })
  async providerIncidents(
    @Ctx() context: GraphqlContext,
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 100.' }) first: number,
    @Arg('after', () => String, {
      nullable: true,
      description: 'The endCursor of the page before; left out for the first page.',
    })
    after?: string | null,
    @Arg('open', () => Boolean, {
      nullable: true,
      description: 'true: those that are open. false: those that are not. Left out: all.',
    })
    isOpen?: boolean | null,
  ): Promise<ProviderIncidentConnectionType> {
    const caller = await context.authenticate();
    const request = { first, after: after ?? null, isOpen: isOpen ?? null };
    return toIncidentConnection(await context.useCases.readIncidents(caller, request));
  }
}
