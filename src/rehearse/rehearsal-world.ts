/** The gateway's own use cases, joined over a vault of their own in a folder that is thrown away, with one scripted provider
 *  behind the door. Called by rehearse.ts. No page, no caller and no job: the walk is the only one who does anything. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccountStore, type AccountStore } from '../accounts/account-store.js';
import { createRecentAccounts } from '../accounts/recent-accounts.js';
import { createRefreshHistory } from '../accounts/refresh-history.js';
import { createAudit } from '../audit/audit.js';
import { createConnect, type Connect } from '../connect/create-connect.js';
import type { Database } from '../database/database.js';
import { openDatabase } from '../database/open-database.js';
import { watchWrites } from '../database/watched-database.js';
import { entities, migrations } from '../entities.js';
import { createAccountEvents } from '../events/account-events.js';
import { createAuthorizationRequests } from '../oauth/authorization-request.js';
import { createClientSecrets } from '../oauth/client-secrets.js';
import { createCodeGrant } from '../oauth/code-grant.js';
import { createDiscovery } from '../oauth/discovery.js';
import { createRefreshGrant } from '../oauth/refresh-grant.js';
import { createRevocation } from '../oauth/revocation.js';
import type { Logger } from '../observe/logger.js';
import { createOutbound } from '../outbound/create-outbound.js';
import { createOutboundStreams } from '../outbound/create-streams.js';
import { createProfiles } from '../profile/fetch-profile.js';
import { createCatalogue } from '../providers/catalogue.js';
import type { Provider } from '../providers/provider.js';
import { createCallApi } from '../proxy/call-api.js';
import { createMe, type Me } from '../proxy/me.js';
import { createSendJson, type SendJson } from '../proxy/send-json.js';
import { createActivity } from '../refresh/activity.js';
import { createFreshTokens, type FreshTokens } from '../refresh/fresh-token.js';
import { createRefreshAccount } from '../refresh/refresh-account.js';
import { noAlarms } from '../refresh/refresh-alarms.js';
import { createRefreshSchedule } from '../refresh/schedule.js';
import { newKeyringText, parseKeyring } from '../vault/keyring.js';
import { createRefreshIntentStore } from '../vault/refresh-intent-store.js';
import { createSealer } from '../vault/seal.js';
import { createTokenStore } from '../vault/token-store.js';
import { Secret } from '../secret.js';
import type { MovingClock } from './moving-clock.js';
import { publicUrl } from './registration.js';
import { redirectOutbound, redirectStreams } from './redirected-door.js';

export interface RehearsalWorld {
  readonly connect: Connect;
  readonly me: Me;
  readonly sendJson: SendJson;
  readonly freshTokens: FreshTokens;
  readonly accounts: Pick<AccountStore, 'find'>;
  readonly database: Database;
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface RehearsalWorldParts {
  readonly provider: Provider;
  /** Of the scripted server. */
  readonly serverOrigin: string;
  readonly clock: MovingClock;
  readonly log: Logger;
}

export async function openRehearsalWorld({
  provider,
  serverOrigin,
  clock,
  log,
}: RehearsalWorldParts): Promise<RehearsalWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-rehearsal-'));
  const config = { kind: 'sqlite', file: join(folder, 'latchkey.db'), jobsFile: join(folder, 'jobs.db') } as const;
  const database = watchWrites(await openDatabase({ config, entities, migrations, log }));
  const parts = { ...sealing(clock), database, clock, log, catalogue: createCatalogue([provider]) };
  const outbound = redirectOutbound(createOutbound({ clock }), serverOrigin);
  const streams = redirectStreams(createOutboundStreams({ clock }), serverOrigin);
  const wire = {
    outbound,
    clock,
    discovery: createDiscovery({ outbound, clock }),
    clientSecrets: createClientSecrets({ log }),
  };

  const accounts = createAccountStore(parts);
  const tokens = createTokenStore(parts);
  const audit = createAudit(parts);
  const schedule = createRefreshSchedule(parts);
  const history = createRefreshHistory({ ...parts, keptDays: 1 });
  const events = createAccountEvents({ clock, webhookTypes: new Set() });
  const revocation = createRevocation(wire);
  const profiles = createProfiles(wire);
  const shared = { ...parts, accounts, tokens, audit, schedule, history, events, revocation, profiles };

  const refreshAccount = createRefreshAccount({
    ...shared,
    intents: createRefreshIntentStore(parts),
    refreshGrant: createRefreshGrant(wire),
  });
  const recent = createRecentAccounts({ findForUse: accounts.findForUse, database, clock });
  const freshTokens = createFreshTokens({ ...shared, recent, refreshAccount });
  const activity = createActivity({ ...shared, alarms: noAlarms, refreshAccount });
  const using = { ...shared, freshTokens, activity, discovery: wire.discovery };
  const callApi = createCallApi({ ...using, streams, limits: { firstByteMs: 10_000, idleMs: 10_000 } });
  const connect = createConnect({
    ...shared,
    tokenStore: tokens,
    requests: createAuthorizationRequests(wire),
    codeGrant: createCodeGrant(wire),
    settings: { publicUrl, lifetimeSeconds: 600, repeatSeconds: 300, parkedCodeSeconds: 120, returnTo: [] },
  });

  async function settled(): Promise<void> {
    await refreshAccount.settled();
    await connect.settled();
    await accounts.flush();
  }

  return {
    connect,
    me: createMe(using),
    sendJson: createSendJson({ callApi, clock }),
    freshTokens,
    accounts,
    database,
    settled,
    async close() {
      await settled();
      await outbound.close();
      await streams.close();
      await database.close();
      await rm(folder, { recursive: true });
    },
  };
}

function sealing(clock: MovingClock) {
  const parsed = parseKeyring(Secret.of(newKeyringText({ development: true, clock })));
  if ('faults' in parsed) throw new Error('a keyring that was just made is none');
  return { keyring: parsed.value, sealer: createSealer(parsed.value) };
}
