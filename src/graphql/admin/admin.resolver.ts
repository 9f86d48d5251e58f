/** Opens the doors to what admins do. */
import { Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { AdminRequest } from '../../admin/admin-request.js';
import { assertMay } from '../../callers/may.js';
import type { GraphqlContext } from '../context.js';
import { AdminMutationType, AdminQueryType, toAdminMutation, toAdminQuery } from './admin.type.js';

@Resolver()
export class AdminResolver {
  @Query(() => AdminQueryType, {
    name: 'admin',
    description: 'What admins and service tokens read. Throws FORBIDDEN to users.',
  })
  async readAsAdmin(@Ctx() context: GraphqlContext): Promise<AdminQueryType> {
    return toAdminQuery(await enter(context));
  }

  @Mutation(() => AdminMutationType, {
    name: 'admin',
    description: 'What admins and service tokens change. Throws FORBIDDEN to users.',
  })
  async changeAsAdmin(@Ctx() context: GraphqlContext): Promise<AdminMutationType> {
    return toAdminMutation(await enter(context));
  }
}

async function enter({ authenticate, requestId }: GraphqlContext): Promise<AdminRequest> {
  const caller = await authenticate();
  assertMay(caller, 'ADMIN_ENTER');
  return { caller, requestId };
}
