/** Who may what: the one table. A row is something that a caller may ask for, a column a role. Pure data, read by may.ts, which
 *  decides by it, by those who make service tokens, and by the generator of docs/access.md. What is not in it nobody may do.
 *
 *  A new use case names its action here; test/access then wants a row for each field and route that asks for it. */

/** What a role may do of one action.
 *  `own`: to their own. `given`: to others', as far as their limits or their scope allow. `own or given`: both.
 *  `always`: there is nobody's own in it. `never`. */
export type Leave = 'own' | 'given' | 'own or given' | 'always' | 'never';

interface ActionRule {
  /** In the words of an operator who gives it to a service token. */
  readonly what: string;
  /** A caller who may only read does nothing that changes anything, here or at a provider. */
  readonly effect: 'reads' | 'changes';
  /** What it is done to. `account`: one user's accounts, at one provider or at those that a limit leaves. `user`: one user, across
   *  providers, so a limit to some of them refuses it. `gateway`: what is about all of them, so that any limit refuses it. */
  readonly on: 'account' | 'user' | 'gateway';
  readonly user: Leave;
  readonly admin: Leave;
  readonly service: Leave;
}

export const actions = {
  PROVIDERS_READ: {
    what: 'List the providers.',
    effect: 'reads',
    on: 'gateway',
    user: 'always',
    admin: 'always',
    service: 'always',
  },
  USER_READ: {
    what: 'Read a user’s accounts: which there are, how each is, and what became of its refreshes.',
    effect: 'reads',
    on: 'account',
    user: 'own',
    admin: 'own or given',
    service: 'given',
  },
  PROFILE_READ: {
    what: 'Read a user’s profile at a provider.',
    effect: 'reads',
    on: 'account',
    user: 'own',
    admin: 'own or given',
    service: 'given',
  },
  AUDIT_READ: {
    what: 'Read what was done to a user’s accounts, and by whom.',
    effect: 'reads',
    on: 'user',
    user: 'own',
    admin: 'own or given',
    service: 'given',
  },
  ACCOUNT_FOLLOW: {
    what: 'Follow the own accounts as they change (subscription).',
    effect: 'reads',
    on: 'account',
    user: 'own',
    admin: 'own',
    service: 'never',
  },
  ACCOUNT_CONNECT: {
    what: 'Start and finish connections for a user.',
    effect: 'changes',
    on: 'account',
    user: 'own',
    admin: 'own or given',
    service: 'given',
  },
  ACCOUNT_REFRESH: {
    what: 'Refresh an account’s tokens now.',
    effect: 'changes',
    on: 'account',
    user: 'own',
    admin: 'own or given',
    service: 'given',
  },
  ACCOUNT_DISCONNECT: {
    what: 'Disconnect an account.',
    effect: 'changes',
    on: 'account',
    user: 'own',
    admin: 'own or given',
    service: 'given',
  },
  ACTIVITY_RECORD: {
    what: 'Say that a user is active.',
    effect: 'changes',
    on: 'account',
    user: 'own',
    admin: 'own or given',
    service: 'given',
  },
  API_READ: {
    what: 'Call a provider’s API for a user with GET, HEAD or OPTIONS.',
    effect: 'reads',
    on: 'account',
    user: 'own',
    admin: 'own or given',
    service: 'given',
  },
  API_WRITE: {
    what: 'Call a provider’s API for a user with any other method.',
    effect: 'changes',
    on: 'account',
    user: 'own',
    admin: 'own or given',
    service: 'given',
  },
  POLICY_OVERRIDE: {
    what: 'Give an account a refresh policy of its own.',
    effect: 'changes',
    on: 'account',
    user: 'never',
    admin: 'given',
    service: 'given',
  },
  ADMIN_ENTER: {
    what: 'Enter the field `admin`; each field in it asks again.',
    effect: 'reads',
    on: 'gateway',
    user: 'never',
    admin: 'always',
    service: 'always',
  },
  INCIDENTS_READ: {
    what: 'Read incidents of providers.',
    effect: 'reads',
    on: 'gateway',
    user: 'never',
    admin: 'given',
    service: 'given',
  },
  WEBHOOKS_READ: {
    what: 'Read deliveries to the webhook.',
    effect: 'reads',
    on: 'gateway',
    user: 'never',
    admin: 'given',
    service: 'given',
  },
  WEBHOOKS_REPLAY: {
    what: 'Send events to the webhook again.',
    effect: 'changes',
    on: 'gateway',
    user: 'never',
    admin: 'given',
    service: 'given',
  },
  TOKENS_READ: {
    what: 'List service tokens.',
    effect: 'reads',
    on: 'gateway',
    user: 'never',
    admin: 'given',
    service: 'never',
  },
  TOKENS_MANAGE: {
    what: 'Make, rotate and revoke service tokens.',
    effect: 'changes',
    on: 'gateway',
    user: 'never',
    admin: 'given',
    service: 'never',
  },
} as const satisfies Readonly<Record<string, ActionRule>>;

export type Action = keyof typeof actions;

const actionNames = Object.keys(actions) as Action[];

/** What calling a provider's API with this method asks for (RFC 9110 §9.2.1). */
export function apiActionOf(method: string): Action {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method) ? 'API_READ' : 'API_WRITE';
}

/** As the rule of one of them, without its literal types. */
export function ruleOf(action: Action): ActionRule {
  return actions[action];
}

/** What a service token can be given. */
export type ServiceAction = {
  [Name in Action]: (typeof actions)[Name]['service'] extends 'given' ? Name : never;
}[Action];

export const serviceActions = actionNames.filter((name): name is ServiceAction => ruleOf(name).service === 'given');
