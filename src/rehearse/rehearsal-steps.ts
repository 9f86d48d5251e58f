/** The steps of a rehearsal, in the order in which they are taken. Each is a rule that holds of the gateway and the
 *  definition together; it gives what was seen, or throws StepFault. Called by rehearse.ts. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import { missingScopes } from '../accounts/connected-account.js';
import { queryText } from '../providers/query-json.js';
import { addressesOf } from './discovery-endpoints.js';
import { doesRenew } from './grants.js';
import { loseAnswer } from './lose-answer.js';
import { StepFault } from './step-fault.js';
import {
  actorOf,
  asksWho,
  connectPerson,
  explain,
  look,
  passTimeUntilRefresh,
  tryToConnect,
  use,
  type Walk,
} from './walk.js';

export interface RehearsalStep {
  readonly name: string;
  /** Where to look first when it fails. */
  readonly mend: string;
  /** Null where it takes place; else why it does not. */
  skip(walk: Walk): string | null;
  take(walk: Walk): Promise<string>;
}

const always = (): null => null;
const whereRenewed = ({ provider }: Walk): string | null =>
  doesRenew(provider) ? null : 'its access tokens are never renewed (refreshPolicy.mode: never)';
const whereAsked = ({ provider }: Walk): string | null =>
  asksWho(provider) ? null : 'the definition asks nowhere whose a token is (me)';

export const rehearsalSteps: readonly RehearsalStep[] = [
  {
    name: 'connect',
    mend: 'Compare endpoints, clientAuthentication, token, answers and tokens with an answer that the provider documents.',
    skip: always,
    async take(walk) {
      const account = await connectPerson(walk, 'anna');
      const missing = missingScopes(account);
      if (missing.length > 0) {
        throw new StepFault(
          `All scopes were granted, and ${missing.join(', ')} was not understood; see scopeSeparator, tokens.scope and scopeNames.`,
        );
      }
      return `account ${account.externalId ?? 'without an id'}, ${account.grantedScopes.length} scopes`;
    },
  },
  {
    name: 'decline',
    mend: 'Nothing in a definition changes this; tell us.',
    skip: always,
    async take(walk) {
      const { problem } = await tryToConnect(walk, 'nina', false);
      return expectCode('AUTHORIZATION_DENIED', problem?.code ?? null, explain(problem));
    },
  },
  {
    name: 'me',
    mend: 'Compare me with the answer that the provider documents: url or endpoint, method, authentication, map.',
    skip: whereAsked,
    async take(walk) {
      const { me, dialect } = walk.provider;
      for (const expression of [me?.map.externalId, dialect.tokens.subject]) {
        if (!expression || queryText(expression, {}) === null) continue;
        throw new StepFault(
          `"${expression}" finds an id where there is none: everybody would be one person. Guard it, as in a && b && join(':', [a, b]).`,
        );
      }
      const used = await use(walk, 'anna');
      if (used.code !== null) throw new StepFault(used.says);
      return `${used.externalId ?? 'no id'}, ${used.name ?? 'no name'}`;
    },
  },
  {
    name: 'api',
    mend: 'See api.base, api.token and api.headers.',
    skip: ({ provider }) => (provider.api === null ? 'no address of its API is known (api.base, apiOrigins)' : null),
    async take({ world, provider, server }) {
      const before = server.count('api');
      const path = pathAllowed(provider.api?.allow ?? null);
      const call = {
        actor: actorOf('anna'),
        role: 'user' as const,
        providerId: provider.id,
        accountId: null,
      };
      const { status } = await world.sendJson.send({ ...call, path, method: 'GET', body: null });
      if (status !== 200 || server.count('api') === before) throw new StepFault(`The API answered ${status}.`);
      return `GET ${provider.api?.base ?? ''}${path}`;
    },
  },
  {
    name: 'refresh',
    mend: 'Compare refresh, endpoints.refresh, tokens, lifetimes and refreshPolicy with what the provider documents.',
    skip: whereRenewed,
    async take(walk) {
      const account = await accountOf(walk, 'anna');
      for (const _ of [1, 2]) {
        const before = walk.server.count('refresh');
        await passTimeUntilRefresh(walk, account);
        await useWell(walk, 'anna');
        const refreshes = walk.server.count('refresh') - before;
        if (refreshes !== 1) throw new StepFault(`A token that was over was refreshed ${refreshes} times, not once.`);
      }
      return `two refreshes, rotation ${walk.provider.rotation.rotates}`;
    },
  },
  {
    name: 'refused token',
    mend: 'See answers.errors (means: accessTokenRefused) and me.refused.',
    skip: (walk) => whereRenewed(walk) ?? whereAsked(walk),
    async take(walk) {
      const before = walk.server.count('refresh');
      const { grants } = walk.server;
      grants.endAccessToken(grants.ofPerson('anna')?.newestAccessToken ?? '');
      await passMinimumAge(walk);
      await useWell(walk, 'anna');
      if (walk.server.count('refresh') !== before + 1) throw new StepFault('It was not renewed once.');
      return 'renewed once, and asked again';
    },
  },
  {
    name: 'lost answer',
    mend: 'See rotation: replay, graceSeconds and endsAtFirstUse say what becomes of a refresh token that is sent twice.',
    skip: whereRenewed,
    take: loseAnswer,
  },
  {
    name: 'dead grant',
    mend: 'See answers.errors: a rule with means: deadGrant tells it from other faults. See answers.success, too.',
    skip: (walk) => whereRenewed(walk) && whereAsked(walk),
    async take(walk) {
      const account = await connectPerson(walk, 'berta');
      await passTimeUntilRefresh(walk, account);
      walk.server.grants.end('berta');
      const refused = await use(walk, 'berta');
      const before = walk.server.count('refresh');
      if (refused.code === null) await use(walk, 'berta'); // a living token was renewed behind the first use
      expectCode('REAUTHORIZATION_REQUIRED', (await use(walk, 'berta')).code, refused.says);
      if (walk.server.count('refresh') > before) throw new StepFault('A grant that is over was posted twice.');
      const { status } = await look(walk, account);
      const isTold = status === 'NEEDS_REAUTHORIZATION' || !doesRenew(walk.provider);
      if (!isTold) throw new StepFault('The account does not say that its user has to connect it again.');
      return 'the user is asked, once';
    },
  },
  {
    name: 'refused client',
    mend: 'See answers.errors: a rule with means: configuration keeps a wrong secret from counting as a dead grant.',
    skip: always,
    async take(walk) {
      walk.server.next('token', 'configuration');
      const { problem } = await tryToConnect(walk, 'carla', true);
      expectCode('PROVIDER_MISCONFIGURED', problem?.code ?? null, explain(problem));
      if (!doesRenew(walk.provider)) return 'at the exchange of a code';
      const account = await connectPerson(walk, 'carla');
      await passTimeUntilRefresh(walk, account);
      walk.server.next('refresh', 'configuration');
      const used = await use(walk, 'carla');
      const { status, lastError } = await look(walk, account);
      if (lastError?.code !== 'INVALID_CLIENT')
        throw new StepFault(`It was understood as ${lastError?.code ?? used.says}.`);
      if (status !== 'ACTIVE') throw new StepFault('The user is asked for what is the operator’s fault.');
      return 'the operator is told, and the account stays';
    },
  },
  {
    name: 'disconnect',
    mend: 'Compare endpoints.revoke and revoke with what the provider documents.',
    skip: always,
    async take(walk) {
      const { world, provider, server } = walk;
      const account = await connectPerson(walk, 'emma');
      const { revocation } = await world.connect.disconnect(actorOf('emma'), account.id);
      const wanted = addressesOf(provider).revoke === null ? 'NOT_SUPPORTED' : 'REVOKED';
      // Persons to whom the provider gives one id are one grant to us.
      const isKept = wanted === 'NOT_SUPPORTED' && revocation === 'KEPT_SHARED_GRANT';
      if (revocation !== wanted && !isKept)
        throw new StepFault(`The revocation ended as ${revocation}, not ${wanted}.`);
      if (wanted === 'REVOKED' && server.grants.ofPerson('emma')?.isDead !== true) {
        throw new StepFault('The provider did not learn of it.');
      }
      expectCode('NOT_CONNECTED', (await use(walk, 'emma')).code, 'a token was still there');
      return revocation === 'REVOKED' ? 'revoked' : 'forgotten here; the provider has no way to be told';
    },
  },
];

/** A provider that takes no refresh of a young token takes none after a refusal either. */
async function passMinimumAge({ provider, clock }: Walk): Promise<void> {
  clock.advance((provider.refreshPolicy.minimumAgeSeconds ?? 0) * 1000);
}

async function useWell(walk: Walk, person: string): Promise<void> {
  const used = await use(walk, person);
  if (used.code !== null) throw new StepFault(used.says);
}

async function accountOf({ world, provider }: Walk, person: string): Promise<ConnectedAccount> {
  const { account } = await world.freshTokens.use({ userId: person, providerId: provider.id, accountId: null });
  return account;
}

function expectCode(wanted: string, found: string | null, says: string): string {
  if (found === wanted) return wanted;
  throw new StepFault(`It ended as ${found ?? 'a success'}, not ${wanted}: ${says}`);
}

function pathAllowed(
  allow: readonly { readonly methods: readonly string[] | null; readonly paths: readonly string[] }[] | null,
): string {
  const rule = allow?.find(({ methods }) => methods === null || methods.includes('GET'));
  return (rule?.paths[0] ?? '/rehearsal').replaceAll(/\*+/g, 'rehearsal');
}
