/** What admins do with the tokens of back ends. */
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { GraphqlContext } from '../context.js';
import { fill } from '../fill.js';
import { AdminMutationType, AdminQueryType } from './admin.type.js';
import {
  CreateServiceTokenInput,
  RevokeServiceTokenInput,
  RevokeServiceTokenPayloadType,
  RotateServiceTokenInput,
  ServiceTokenConnectionType,
  ServiceTokenSecretPayloadType,
  toSecretPayload,
  toServiceToken,
  toServiceTokenConnection,
} from './service-token.type.js';

@Resolver(() => AdminQueryType)
export class ServiceTokenQueryResolver {
  @FieldResolver(() => ServiceTokenConnectionType, {
    nullable: true,
    description:
      'Service tokens, newest first, those that ended too. For admins without limits. Throws FORBIDDEN, BAD_USER_INPUT for an unfit page size or cursor.',
  })
  async serviceTokens(
    @Root() { request }: AdminQueryType,
    @Ctx() { useCases }: GraphqlContext,
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 100.' }) first: number,
    @Arg('after', () => String, {
      nullable: true,
      description: 'The endCursor of the page before; left out for the first page.',
    })
    after?: string | null,
  ): Promise<ServiceTokenConnectionType> {
    return toServiceTokenConnection(await useCases.serviceTokens.page(request, { first, after: after ?? null }));
  }
}

@Resolver(() => AdminMutationType)
export class ServiceTokenMutationResolver {
  @FieldResolver(() => ServiceTokenSecretPayloadType, {
    nullable: true,
    description:
      'Makes a service token, and shows its secret this once. For admins without limits; kept in the audit as token.created. Throws FORBIDDEN, BAD_USER_INPUT with the field.',
  })
  async createServiceToken(
    @Root() { request }: AdminMutationType,
    @Ctx() { useCases }: GraphqlContext,
    @Arg('input', () => CreateServiceTokenInput, { description: 'What it may do.' }) input: CreateServiceTokenInput,
  ): Promise<ServiceTokenSecretPayloadType> {
    const { name, actions, providers = null, userPrefixes = null, expiresAt, reason } = input;
    const scope = { actions, providers, userPrefixes };
    return toSecretPayload(await useCases.serviceTokens.create(request, { name, scope, expiresAt, reason }));
  }

  @FieldResolver(() => ServiceTokenSecretPayloadType, {
    nullable: true,
    description:
      'Gives a service token a new secret, and shows it this once; those that stand end after the overlap. For admins without limits; kept in the audit as token.rotated. Throws FORBIDDEN, BAD_USER_INPUT with the field.',
  })
  async rotateServiceToken(
    @Root() { request }: AdminMutationType,
    @Ctx() { useCases }: GraphqlContext,
    @Arg('input', () => RotateServiceTokenInput, { description: 'Which one.' }) input: RotateServiceTokenInput,
  ): Promise<ServiceTokenSecretPayloadType> {
    const { id, overlapSeconds, expiresAt = null, reason } = input;
    return toSecretPayload(await useCases.serviceTokens.rotate(request, { id, overlapSeconds, expiresAt, reason }));
  }

  @FieldResolver(() => RevokeServiceTokenPayloadType, {
    nullable: true,
    description:
      'Ends a service token with all its secrets: the next request with one is refused, on every instance. Revoking twice succeeds. For admins without limits; kept in the audit as token.revoked. Throws FORBIDDEN, BAD_USER_INPUT with the field.',
  })
  async revokeServiceToken(
    @Root() { request }: AdminMutationType,
    @Ctx() { useCases }: GraphqlContext,
    @Arg('input', () => RevokeServiceTokenInput, { description: 'Which one.' })
    { id, reason }: RevokeServiceTokenInput,
  ): Promise<RevokeServiceTokenPayloadType> {
    const serviceToken = toServiceToken(await useCases.serviceTokens.revoke(request, { id, reason }));
    return fill(new RevokeServiceTokenPayloadType(), { serviceToken });
  }
}
