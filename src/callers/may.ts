/** Decides who may what, by the table of actions.ts and what each caller was given. Pure, and the only place that decides: every
 *  query, mutation, subscription and route asks here, through actFor (actor.ts) where it is done to a user's accounts and through
 *  assertMay where it is not. Nothing is looked up. */
import { fail } from '../errors.js';
import { ruleOf, type Action } from './actions.js';
import type { Caller, Grant } from './caller.js';

export interface Ask {
  readonly action: Action;
  /** Whose accounts it is done to, where that is not the caller's own. Null: the caller's own, or nobody's. */
  readonly onBehalfOf: string | null;
  /** The provider concerned. Null: none, or one that is looked at once it is known (see Verdict). */
  readonly providerId: string | null;
}

export type Verdict =
  | {
      readonly isAllowed: true;
      /** The providers whose accounts it may touch; null for all. Whoever learns of a provider later looks here. */
      readonly providers: ReadonlySet<string> | null;
    }
  | { readonly isAllowed: false; readonly why: string };

export function may(caller: Caller, { action, onBehalfOf, providerId }: Ask): Verdict {
  const rule = ruleOf(action);
  const leave = rule[caller.role];
  const hasOwn = rule.on === 'account' || rule.on === 'user';
  if (leave === 'always') return { isAllowed: true, providers: null };
  if (hasOwn && onBehalfOf === null) {
    return leave === 'own' || leave === 'own or given' ? { isAllowed: true, providers: null } : refuseOwn(caller);
  }
  if (leave !== 'given' && leave !== 'own or given') return refuseRole(caller, hasOwn);

  const asked = { action, onBehalfOf, providerId };
  const misfits = caller.grants.map((grant) => misfitOf(grant, asked));
  const fitting = caller.grants.filter((_, index) => misfits[index] === null);
  if (fitting.length === 0) return { isAllowed: false, why: misfits.find((misfit) => misfit !== null) ?? notGiven };
  return { isAllowed: true, providers: unite(fitting) };
}

/** For what is done to nobody's accounts in particular. Throws FORBIDDEN. */
export function assertMay(caller: Caller, action: Action): void {
  const verdict = may(caller, { action, onBehalfOf: null, providerId: null });
  if (!verdict.isAllowed) fail('FORBIDDEN', { why: verdict.why });
}

const notGiven = 'You may not do this. Ask the operator for the role that allows it.';

/** Why a grant does not give what is asked, for its holder to read; null where it does. */
function misfitOf(grant: Grant, { action, onBehalfOf, providerId }: Ask): string | null {
  const { effect, on } = ruleOf(action);
  const { actions, providers, userPrefixes, isReadOnly } = grant;
  if (actions && !actions.has(action)) return `This token was not given ${action}. Ask an admin for one that was.`;
  if (isReadOnly && effect === 'changes') return 'Your role may read and change nothing. Ask the operator for more.';
  if (on === 'gateway' && (providers || userPrefixes)) {
    return 'This is about all users and providers, and you may act for some alone. Ask the operator for more.';
  }
  if (userPrefixes && onBehalfOf !== null && !userPrefixes.some((prefix) => onBehalfOf.startsWith(prefix))) {
    return 'You may not act for this user. Ask the operator for a role that may.';
  }
  if (!providers) return null;
  if (on === 'user') return 'This is about all providers, and you may act at some alone. Ask the operator for more.';
  if (providerId !== null && !providers.has(providerId)) {
    return 'You may not act at this provider for others. Ask the operator for a role that may.';
  }
  return null;
}

function unite(grants: readonly Grant[]): ReadonlySet<string> | null {
  const all = new Set<string>();
  for (const { providers } of grants) {
    if (providers === null) return null;
    for (const id of providers) all.add(id);
  }
  return all;
}

function refuseOwn({ role }: Caller): Verdict {
  const why =
    role === 'service'
      ? 'A service token is no user and has no accounts. Say for whom: onBehalfOf(userId, reason).'
      : 'An admin does this for a user. Say for whom: onBehalfOf { userId, reason }.';
  return { isAllowed: false, why: role === 'user' ? forAdmins : why };
}

const forAdmins = 'Only an admin may do this. Ask the operator for the role "admin".';

function refuseRole({ role }: Caller, hasOwn: boolean): Verdict {
  if (role === 'service') return { isAllowed: false, why: 'No service token may do this: it is for people.' };
  if (role === 'user' && hasOwn) {
    return {
      isAllowed: false,
      why: 'Only an admin may act on behalf of a user. Ask the operator for the role "admin".',
    };
  }
  return { isAllowed: false, why: role === 'user' ? forAdmins : notGiven };
}
