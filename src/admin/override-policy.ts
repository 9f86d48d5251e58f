/** Gives one account a refresh policy of its own, over its provider's, or takes it back. Called by graphql's
 *  overrideRefreshPolicy for admins, who always say for whom and why; the user reads the reason on the account.
 *  Audited as policy.changed. The next moment is written with the policy, on the tokens that stand then. */
import type { AccountKey } from '../accounts/account-facts.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { ConnectedAccount, PolicyOverride } from '../accounts/connected-account.js';
import type { Audit } from '../audit/audit.js';
import type { Actor } from '../callers/actor.js';
import type { Database } from '../database/database.js';
import { fail } from '../errors.js';
import { alarmedOf, type RefreshAlarms } from '../refresh/refresh-alarms.js';
import { plannedOf, type RefreshSchedule } from '../refresh/schedule.js';
import type { TokenStore } from '../vault/token-store.js';

export type PolicyParts = Omit<PolicyOverride, 'reason'>;

/** Null takes the account's own policy back. Throws FORBIDDEN, ACCOUNT_NOT_FOUND, BAD_USER_INPUT with the field. */
export type OverridePolicy = (
  actor: Actor,
  request: { readonly accountId: string; readonly policy: PolicyParts | null },
) => Promise<ConnectedAccount>;

export interface OverridePolicyParts {
  readonly database: Database;
  readonly accounts: Pick<AccountStore, 'find' | 'findForUse' | 'overridePolicy'>;
  readonly tokens: Pick<TokenStore, 'hold'>;
  readonly schedule: Pick<RefreshSchedule, 'policyOf' | 'nextRefreshAt'>;
  readonly alarms: Pick<RefreshAlarms, 'set'>;
  readonly audit: Pick<Audit, 'around'>;
}

/** Tries before giving up when refreshes keep moving the tokens. */
const MAX_TRIES = 5;
const TEN_YEARS_SECONDS = 10 * 365 * 24 * 60 * 60;

export function createOverridePolicy(parts: OverridePolicyParts): OverridePolicy {
  const { database, accounts, tokens, schedule, alarms, audit } = parts;

  return async (actor, { accountId, policy }) => {
    const { actorId, subjectId, reason, requestId } = actor;
    const key = { userId: subjectId, accountId };
    const account = await accounts.find(key);
    if (!account) fail('ACCOUNT_NOT_FOUND');
    if (reason === null) throw new Error('A policy of an account is overridden on behalf of its user alone.');
    const override = policy && { ...policy, reason };
    if (policy) assertPolicy(policy, schedule.policyOf({ ...account, policyOverride: override }));
    const act = { action: 'policy.changed', actorId, subjectId, accountId, reason, requestId } as const;
    return audit.around(act, () => store({ ...key, providerId: account.providerId }, override));
  };

  async function store(
    key: AccountKey & { readonly providerId: string },
    override: PolicyOverride | null,
  ): Promise<ConnectedAccount> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      if (await storeIfUnmoved(key, override)) return findChanged(key);
    }
    throw new Error('The tokens of this account kept changing while its policy was being set.');
  }

  /** In the order in which a refresh writes, and on the version that it leaves: neither moment is lost. */
  async function storeIfUnmoved(
    key: AccountKey & { readonly providerId: string },
    policyOverride: PolicyOverride | null,
  ): Promise<boolean> {
    const [current] = await accounts.findForUse(key);
    if (!current) fail('ACCOUNT_NOT_FOUND');
    const { accountId } = key;
    const planned = plannedOf(current);
    const nextRefreshAt = schedule.nextRefreshAt({ ...planned, account: { ...current.account, policyOverride } });
    return database.write(async (transaction) => {
      if (!(await tokens.hold(transaction, accountId, planned.version))) return false;
      await accounts.overridePolicy(transaction, { accountId, policyOverride, nextRefreshAt });
      return true;
    });
  }

  async function findChanged(key: AccountKey): Promise<ConnectedAccount> {
    const account = await accounts.find(key);
    if (!account) fail('ACCOUNT_NOT_FOUND');
    alarms.set(alarmedOf(account));
    return account;
  }
}

function assertPolicy(policy: PolicyParts, effective: { mode: string; idleAfterSeconds: number | null }): void {
  const { mode, ...durations } = policy;
  const given = Object.entries(durations);
  if (mode === undefined && given.length === 0) {
    fail('BAD_USER_INPUT', { field: 'policy', why: 'Give at least one part of a policy, or null to take it back.' });
  }
  const [unfit] = given.find(([, seconds]) => seconds < 1 || seconds > TEN_YEARS_SECONDS) ?? [];
  if (unfit !== undefined) {
    const why = `"${unfit}" is whole seconds, from 1 to ${TEN_YEARS_SECONDS}.`;
    fail('BAD_USER_INPUT', { field: unfit, why });
  }
  if (effective.mode === 'WHEN_ACTIVE' && effective.idleAfterSeconds === null) {
    const why = 'The mode WHEN_ACTIVE needs "idleAfterSeconds": when a user counts as away.';
    fail('BAD_USER_INPUT', { field: 'idleAfterSeconds', why });
  }
}
