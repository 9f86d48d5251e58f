/** The two doors to what admins do, one for reading and one for changing. Their fields stand in the resolvers of this folder, each a
 *  @FieldResolver of the door; a new one is added to build-schema.ts, and to the table of test/access. */
import { ObjectType } from 'type-graphql';
import type { AdminRequest } from '../../admin/admin-request.js';
import { fill } from '../fill.js';

@ObjectType('AdminQuery', { description: 'What admins and service tokens read. Each field asks for leave of its own.' })
export class AdminQueryType {
  /** Who reads: the use cases of admins decide and audit by it. */
  request!: AdminRequest;
}

@ObjectType('AdminMutation', {
  description:
    'What admins and service tokens change. Each field asks for leave of its own. Several fields in one request run side by side: send one a request where their order matters.',
})
export class AdminMutationType {
  /** Who changes: as in AdminQueryType. */
  request!: AdminRequest;
}

export function toAdminQuery(request: AdminRequest): AdminQueryType {
  return fill(new AdminQueryType(), { request });
}

export function toAdminMutation(request: AdminRequest): AdminMutationType {
  return fill(new AdminMutationType(), { request });
}
