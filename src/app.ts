/** The one place that joins the parts: builds every room in order, starts them, and closes them in reverse.
 *  Called by main.ts, the development start and tests. What cannot be opened is a StartFault, and nothing that was opened
 *  before it stays open. */
import type { Clock } from './clock.js';
import { createAccountStore } from './accounts/account-store.js';
import { createDueAccounts } from './accounts/due-accounts.js';
import { createEndingAccounts } from './accounts/ending-accounts.js';
import { createRecentAccounts } from './accounts/recent-accounts.js';
import { createRefreshHistory } from './accounts/refresh-history.js';
import { createLookAfterWebhook } from './admin/look-after-webhook.js';
import { createManageServiceTokens } from './admin/manage-service-tokens.js';
import { createOpenUser } from './admin/open-user.js';
import { createOverridePolicy } from './admin/override-policy.js';
import { createReadIncidents } from './admin/read-incidents.js';
import { createRefreshByHand } from './admin/refresh-by-hand.js';
import { createAudit } from './audit/audit.js';
import { createServiceTokenStore } from './callers/service-token-store.js';
import { createAuthenticator } from './callers/authenticate.js';
import { createConnect } from './connect/create-connect.js';
import { measureDatabase } from './database/measured-database.js';
import { lockVault } from './database/lock-vault.js';
import { openDatabase } from './database/open-database.js';
import { watchWrites } from './database/watched-database.js';
import type { Deployment } from './deployment.js';
import { createAccountEvents } from './events/account-events.js';
import { announceCommitted } from './events/announced-database.js';
import { createEventFeed } from './events/event-feed.js';
import { createEventRelay } from './events/create-relay.js';
import { createPurgeEvents } from './events/purge-events.js';
import { createWebhook } from './events/create-webhook.js';
import { entities, migrations } from './entities.js';
import { createServer } from './http/server.js';
import { callbackRoutes } from './http/routes/callback.js';
import { connectRoutes } from './http/routes/connect.js';
import { flowAssetRoutes } from './http/routes/flow-assets.js';
import { metricsRoutes } from './http/routes/metrics.js';
import { proxyRoutes } from './http/routes/proxy.js';
import { playgroundRoutes } from './http/playground/playground-routes.js';
import { createAccountAlarms } from './jobs/account-alarms.js';
import { accountJobs } from './jobs/account-jobs.js';
import { connectJobs } from './jobs/connect-jobs.js';
import { createAuditJobs } from './jobs/audit-jobs.js';
import { createJobs } from './jobs/create-jobs.js';
import { openJobRepository } from './jobs/open-job-repository.js';
import { measureJobs } from './jobs/measured-jobs.js';
import { createAuthorizationRequests } from './oauth/authorization-request.js';
import { createClientSecrets } from './oauth/client-secrets.js';
import { createCodeGrant } from './oauth/code-grant.js';
import { createDiscovery } from './oauth/discovery.js';
import { createRefreshGrant } from './oauth/refresh-grant.js';
import { createRevocation } from './oauth/revocation.js';
import type { Logger } from './observe/logger.js';
import { noMetrics } from './observe/measures.js';
import { createMetrics, type BuildFacts } from './observe/metrics.js';
import type { IncidentCount, SealedCount } from './observe/scrape-reader.js';
import { inTime } from './observe/readiness.js';
import { createOutbound } from './outbound/create-outbound.js';
import { createOutboundStreams } from './outbound/create-streams.js';
import { createProfiles } from './profile/fetch-profile.js';
import { measureProfiles } from './profile/measured-profiles.js';
import { warnOfClosing } from './providers/warn-of-closing.js';
import { createCallApi } from './proxy/call-api.js';
import { createMe } from './proxy/me.js';
import { createActivity } from './refresh/activity.js';
import { createSendJson } from './proxy/send-json.js';
import { createFreshTokens } from './refresh/fresh-token.js';
import { createRecordActivity } from './refresh/record-activity.js';
import { createBudget } from './refresh/budget.js';
import { createIncidentStore, type IncidentStore } from './refresh/incident-store.js';
import { createIncidents } from './refresh/incidents.js';
import { createProviderGate } from './refresh/provider-gate.js';
import { createProviderHealth, noteConsents } from './refresh/provider-health.js';
import { createRefreshAccount } from './refresh/refresh-account.js';
import { createRefreshDue, REFRESHES_AT_ONCE } from './refresh/refresh-due.js';
import { createRefreshSchedule } from './refresh/schedule.js';
import { createSweep } from './refresh/sweep.js';
import { createTellEndings } from './refresh/tell-endings.js';
import { assertKeyringSuits } from './vault/keyring-check.js';
import { createKeyringProbe } from './vault/keyring-probe.js';
import { openJournal } from './vault/journal.js';
import { journalFolderIn } from './vault/left-journals.js';
import { openKeyring } from './vault/open-keyring.js';
import { createRefreshIntentStore } from './vault/refresh-intent-store.js';
import { createSealer } from './vault/seal.js';
import { createSealedValueStore, type SealedValueStore } from './vault/sealed-value-store.js';
import { createTokenStore } from './vault/token-store.js';

export interface App {
  /** Serves. Throws StartFault when the address cannot be taken. */
  start(): Promise<{ readonly host: string; readonly port: number }>;
  /** Takes up the keyring's file as it stands now (SIGHUP). Never rejects: the log says what came of it. */
  reloadKeyring(): Promise<void>;
  /** From now on /readyz says 503; requests are taken as before, until close(). */
  announceEnd(): void;
  /** Answers what is under way, lets refreshes end, and closes everything. A second call is the first. */
  close(): Promise<void>;
}

export interface AppParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** What runs, for /metrics. */
  readonly build?: BuildFacts;
}

/** More than a read of the database may take: one that hangs is no fault of the keyring. */
const keyringProbeMs = 4_000;

export async function createApp(deployment: Deployment, parts: AppParts): Promise<App> {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const built = await build(deployment, parts, closers);
    let closing: Promise<void> | null = null;
    return { ...built, close: () => (closing ??= closeAll(closers)) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function build(
  { config, catalogue, keyring: keyringAtStart, keyringFile = null }: Deployment,
  { clock, log, build: running = { version: 'unknown', node: 'unknown' } }: AppParts,
  closers: (() => Promise<unknown>)[],
): Promise<Omit<App, 'close'>> {
  assertKeyringSuits(config.mode, keyringAtStart);
  warnOfClosing({ catalogue, clock, log });
  const providers = catalogue.list().map(({ id }) => id);
  const book = config.metricsToken ? createMetrics({ providers, build: running }) : null;
  const metrics = book?.report ?? noMetrics;
  const outbound = createOutbound({ clock });
  closers.push(() => outbound.close());
  const streams = createOutboundStreams({ clock });
  closers.push(() => streams.close());
  const lock = await lockVault(config.database);
  closers.push(async () => lock?.release());
  const opened = await openDatabase({ config: config.database, entities, migrations, log });
  const feed = createEventFeed({ clock });
  const relay = createEventRelay({ config: config.database, pool: opened.pool, feed, clock, log });
  closers.push(() => relay.stop());
  const announced = announceCommitted(measureDatabase(opened, { metrics, clock }), {
    ...relay,
    publish(events) {
      relay.publish(events);
      webhook.tell(events);
    },
  });
  const database = watchWrites(announced.database);
  closers.push(() => database.close());
  const keyring = await openKeyring({
    keyring: keyringAtStart,
    text: config.keyring,
    file: keyringFile,
    mode: config.mode,
    database,
    clock,
    log,
  });
  const sealer = createSealer(keyring);

  const tokens = createTokenStore({ database, keyring, sealer, clock });
  const accounts = createAccountStore({ database, clock, log });
  closers.push(() => accounts.flush());
  const history = createRefreshHistory({ database, clock, keptDays: config.events.refreshHistoryDays });
  const webhook = createWebhook({ config: config.events.webhook, database, outbound, clock, log, metrics });
  const events = createAccountEvents({ clock, webhookTypes: webhook.types, note: announced.note });
  const audit = createAudit({ database, clock, log, metrics });
  const serviceTokens = createServiceTokenStore({ database, clock, log });
  closers.push(() => serviceTokens.flush());

  const discovery = createDiscovery({ outbound, clock });
  const clientSecrets = createClientSecrets({ log });
  const revocation = createRevocation({ outbound, discovery, clientSecrets, clock });
  const profiles = measureProfiles(createProfiles({ outbound, discovery, clientSecrets, clock }), { metrics, clock });

  const journal = await openJournal({ folder: journalFolderIn(config.dataFolder), sealer, clock, log });
  closers.push(() => journal.close());
  const repository = openJobRepository({ config: config.database, database, log });
  closers.push(() => repository.close());
  const dueAccounts = createDueAccounts(database);
  const alarms = createAccountAlarms({ table: repository.alarms, allot: dueAccounts.allotJob, clock, log });
  closers.push(() => alarms.settled());
  const refreshGrant = createRefreshGrant({ outbound, discovery, clientSecrets, clock, metrics });
  const incidentStore = createIncidentStore({ database, clock });
  const incidents = createIncidents({ database, store: incidentStore, accounts, events, clock, log });
  const health = createProviderHealth({ incidents, clock, random: Math.random, metrics });
  const budget = createBudget({ clock, metrics });
  const schedule = createRefreshSchedule({ catalogue, clock });
  const refreshAccount = createRefreshAccount({
    gate: createProviderGate({ health, budget, catalogue }),
    schedule,
    database,
    accounts,
    history,
    events,
    tokens,
    intents: createRefreshIntentStore({ database, clock }),
    catalogue,
    refreshGrant,
    revocation,
    journal,
    alarms,
    clock,
    log,
    metrics,
  });
  closers.push(() => refreshAccount.settled());
  const refreshDue = createRefreshDue({ accounts, schedule, refreshAccount, clock, log, metrics });
  const register = repository.alarms;
  const sweep = createSweep({ dueAccounts, alarms, register, refreshDue, health, clock, log, metrics });
  const recent = createRecentAccounts({ findForUse: accounts.findForUse, database, clock });
  const freshTokens = createFreshTokens({
    accounts,
    recent,
    tokens,
    catalogue,
    refreshAccount,
    schedule,
    clock,
    log,
  });

  const activity = createActivity({ database, accounts, schedule, alarms, refreshAccount, log });
  const callApi = createCallApi({
    streams,
    freshTokens,
    catalogue,
    discovery,
    activity,
    audit,
    clock,
    log,
    metrics,
    limits: config.limits.proxy,
  });

  const connect = createConnect({
    database,
    sealer,
    tokenStore: tokens,
    accounts,
    history,
    events,
    audit,
    catalogue,
    schedule,
    requests: createAuthorizationRequests({ outbound, discovery, clientSecrets, clock }),
    codeGrant: noteConsents(createCodeGrant({ outbound, discovery, clientSecrets, clock, metrics }), health),
    revocation,
    profiles,
    alarms,
    clock,
    log,
    metrics,
    settings: { ...config.authorization, publicUrl: config.server.publicUrl },
  });

  closers.push(() => connect.settled());

  const ownJobs = accountJobs({
    sweep,
    history,
    purgeEvents: createPurgeEvents({ database, clock, keptDays: config.events.eventDays }),
    tellEndings: createTellEndings({
      database,
      endings: createEndingAccounts(database),
      events,
      catalogue,
      clock,
      noticeDays: config.events.expiryNoticeDays,
    }),
    deliverer: webhook.deliverer,
    log,
    metrics,
  });
  const auditJobs = await createAuditJobs({ config, database, keyring, outbound, clock, log, metrics });
  const jobs = await createJobs({
    repository,
    clock,
    log,
    jobs: measureJobs([...connectJobs({ connect, log, metrics }), ...ownJobs, ...auditJobs.list], {
      metrics,
      log,
      clock,
    }),
    alarms: {
      limit: REFRESHES_AT_ONCE,
      ring: alarms.answerWith(refreshDue.run),
    },
  });
  closers.push(() => Promise.all([webhook.deliverer?.stop(), jobs.drain()]));
  // Before the jobs are drained: what waits for its place in a budget would keep them.
  closers.push(async () => budget.end());

  const authenticator = createAuthenticator({ config: config.callers, outbound, clock, log, serviceTokens });
  let isRunning = false;
  book?.readAtScrape({
    clock,
    countAccounts: () => accounts.countAll(),
    countAlarms: () => repository.alarms.count(new Date(clock.now())),
    countIncidents: () => countIncidents(incidentStore),
    countSealed: () => countSealed(createSealedValueStore({ database }), keyring.kids),
    unchainedAudit: auditJobs.unchained,
    webhookBacklog: () => webhook.outbox.backlog(),
    databaseLoad: () => database.load(),
    journalDepth: () => journal.depth(),
    openStreams: () => server.countStreams(),
  });
  const server = await createServer({
    config,
    clock,
    log,
    metrics,
    authenticate: authenticator.authenticate,
    useCases: {
      catalogue,
      accounts,
      audit,
      history,
      feed,
      me: createMe({ freshTokens, profiles, catalogue, activity, audit }),
      connect,
      schedule,
      recordActivity: createRecordActivity({ activity, catalogue, audit }),
      overridePolicy: createOverridePolicy({ database, accounts, tokens, schedule, alarms, audit }),
      lookAfterWebhook: createLookAfterWebhook({ ...webhook, audit }),
      openUser: createOpenUser({ audit }),
      readIncidents: createReadIncidents({ incidents: incidentStore }),
      serviceTokens: createManageServiceTokens({ tokens: serviceTokens, catalogue, database, audit, clock }),
      refreshByHand: createRefreshByHand({ accounts, audit, freshTokens }),
      sendJson: createSendJson({ callApi, clock }),
    },
    routes: [
      ...connectRoutes({ connect, catalogue, log }),
      ...callbackRoutes({ connect, catalogue, log }),
      ...flowAssetRoutes(),
      ...proxyRoutes({ callApi, log }),
      ...(book && config.metricsToken ? metricsRoutes({ book, token: config.metricsToken }) : []),
      ...(config.playground ? playgroundRoutes({ config }) : []),
    ],
    readiness: {
      database: inTime(() => database.isReachable(), { clock }),
      keyring: inTime(createKeyringProbe({ database, keyring, sealer }), { clock, withinMs: keyringProbeMs }),
      journal: inTime(() => journal.isWell(), { clock }),
      scheduler: () => isRunning && jobs.isAlive(),
    },
  });
  closers.push(() => server.close());

  return {
    async start() {
      // This gateway alone has the file (lock-vault.ts), so what was under way there belongs to one that died.
      if (config.database.kind === 'sqlite') await connect.recoverInterrupted();
      relay.start();
      await refreshAccount.recover();
      const address = await server.listen();
      await jobs.start();
      webhook.deliverer?.wake(); // what one that died left
      isRunning = true;
      return address;
    },
    reloadKeyring: () => keyring.reload(),
    announceEnd: () => server.announceEnd(),
  };
}

async function countSealed(values: SealedValueStore, kids: readonly string[]): Promise<SealedCount[]> {
  const { byKid, others } = await values.countUse(kids);
  return [...byKid, ['none', others] as const].map(([kid, count]) => ({ kid, count }));
}

async function countIncidents(store: Pick<IncidentStore, 'openOnes'>): Promise<IncidentCount[]> {
  return (await store.openOnes()).map(({ providerId, cause }) => ({ provider: providerId, cause, count: 1 }));
}

/** Last opened, first closed. One that fails keeps none of the others open; the first failure is thrown at the end. */
async function closeAll(closers: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers.toReversed()) {
    await close().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}
