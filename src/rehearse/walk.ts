/** What a rehearsal does with the gateway, a person at a time: connect, use, let time pass. Called by the steps of
 *  rehearsal-steps.ts. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Actor } from '../callers/actor.js';
import { Fault, type FaultCode } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import { addressesOf } from './discovery-endpoints.js';
import { doesExpire } from './grants.js';
import type { MadeValues } from './made-values.js';
import type { MovingClock } from './moving-clock.js';
import { StepFault } from './step-fault.js';
import type { RehearsalWorld } from './rehearsal-world.js';
import type { ScriptedServer } from './scripted-server.js';

export interface Walk {
  /** With every placeholder filled. */
  readonly provider: Provider;
  /** What each person gives to startAuthorization. */
  readonly given: MadeValues['given'];
  readonly server: ScriptedServer;
  readonly world: RehearsalWorld;
  readonly clock: MovingClock;
}

/** What came of a use: null for a success. */
export interface Used {
  readonly code: FaultCode | null;
  readonly says: string;
  /** Who it is at the provider, and how people would call them; null where nobody says. */
  readonly externalId: string | null;
  readonly name: string | null;
}

/** Connects a person of that name, under a user of that name. Throws StepFault where nothing was connected. */
export async function connectPerson(walk: Walk, person: string): Promise<ConnectedAccount> {
  const { account, problem } = await tryToConnect(walk, person, true);
  if (account) return account;
  throw new StepFault(`Nothing was connected: ${explain(problem)}`);
}

export async function tryToConnect({ world, server, provider, given }: Walk, person: string, consents: boolean) {
  const actor = actorOf(person);
  const started = await world.connect.start(actor, {
    providerId: provider.id,
    scopes: null,
    redirectUri: null,
    returnTo: null,
    accountId: null,
    loginHint: null,
    parameters: given,
  });
  const callbackUrl = await server.visit(started.authorizationUrl, { person, consents });
  if (callbackUrl === '') throw new StepFault('The authorization page sent nobody back.');
  return world.connect.complete(actor, { callbackUrl });
}

/** Reads who it is, or takes the token where the definition asks nowhere; refreshes that this begins have ended. */
export async function use(walk: Walk, person: string): Promise<Used> {
  const { world, provider } = walk;
  try {
    const answer = asksWho(provider)
      ? await world.me.read(actorOf(person), { providerId: provider.id, accountId: null })
      : {
          profile: null,
          token: await world.freshTokens.use({ userId: person, providerId: provider.id, accountId: null }),
        };
    const { profile } = answer;
    return { code: null, says: 'ok', externalId: profile?.externalId ?? null, name: profile?.name ?? null };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { code: error.code, says: explain(error), externalId: null, name: null };
  } finally {
    await world.settled();
  }
}

export function asksWho(provider: Provider): boolean {
  return addressesOf(provider).me !== null;
}

/** As it stands now. */
export async function look({ world }: Walk, { userId, id }: ConnectedAccount): Promise<ConnectedAccount> {
  const account = await world.accounts.find({ userId, accountId: id });
  if (!account) throw new StepFault('The account has vanished.');
  return account;
}

/** Moves the clock to where the policy has the account's access token renewed at the next use: once it is over, or before
 *  that where the provider takes none then. */
export async function passTimeUntilRefresh(walk: Walk, account: ConnectedAccount): Promise<void> {
  const { clock, provider } = walk;
  if (!doesExpire(provider)) return;
  const { expiresAt, nextRefreshAt } = await look(walk, account);
  if (expiresAt === null) {
    throw new StepFault(
      'Nothing was understood of the access token’s end; see tokens.expires_in and tokens.expires_at.',
    );
  }
  const { notAfterSeconds, leadSeconds } = provider.refreshPolicy;
  const inTime = nextRefreshAt ?? expiresAt - ((notAfterSeconds ?? 0) + (leadSeconds ?? 60)) * 1000;
  const at = notAfterSeconds === null ? expiresAt : Math.min(inTime, expiresAt - notAfterSeconds * 1000 - 1_000);
  clock.advance(Math.max(0, at - clock.now()) + 500);
}

export function actorOf(userId: string): Actor {
  return { actorId: userId, subjectId: userId, reason: null, requestId: 'rehearsal', isOnBehalf: false };
}

export function explain(fault: Fault | null): string {
  if (fault === null) return 'no reason was given';
  return fault.detail === undefined ? fault.message : `${fault.message} (${fault.detail})`;
}
