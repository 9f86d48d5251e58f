/** Whether what a service token is to be given can be given. Pure; called by manage-service-tokens.ts. */
import { ruleOf } from '../callers/actions.js';
import type { ServiceScope } from '../callers/service-token.js';
import { isUserId } from '../callers/user-id.js';
import { fail } from '../errors.js';
import type { Catalogue } from '../providers/provider.js';

const MOST_ENTRIES = 100;

/** Throws BAD_USER_INPUT naming the field. */
export function assertScope(
  { actions, providers, userPrefixes }: ServiceScope,
  catalogue: Pick<Catalogue, 'list'>,
): void {
  if (actions.length === 0) refuse('actions', '"actions" is empty: say what the token may do.');
  assertList('providers', providers);
  assertList('userPrefixes', userPrefixes);
  const known = new Set(catalogue.list().map(({ id }) => id));
  if (providers?.some((id) => !known.has(id))) {
    refuse('providers', '"providers" names one that is not set up here. The query "providers" lists those that are.');
  }
  if (userPrefixes?.some((prefix) => !isUserId(prefix))) {
    refuse('userPrefixes', 'Each of "userPrefixes" is what a user id begins with: 1 to 255 characters.');
  }
  const unfit = actions.find((action) => {
    const { on } = ruleOf(action);
    return on === 'gateway' ? providers || userPrefixes : on === 'user' && providers;
  });
  if (unfit !== undefined) {
    refuse('actions', `${unfit} is about more than "providers" or "userPrefixes" leave. Give it without them.`);
  }
}

/** Left out means all; an empty list would mean nothing, and is a slip. */
function assertList(field: string, list: readonly string[] | null): void {
  if (list === null || (list.length > 0 && list.length <= MOST_ENTRIES)) return;
  refuse(field, `"${field}" names 1 to ${MOST_ENTRIES}; leave it out for all.`);
}

function refuse(field: string, why: string): never {
  fail('BAD_USER_INPUT', { field, why });
}
