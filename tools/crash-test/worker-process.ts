/** A process that refreshes accounts until it is killed. Started by crash-test.ts. Its parts are those of the gateway, with
 *  a watch on the borders between them: where one is crossed that the plan names, the process kills itself (SIGKILL). */
import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { createAccountStore } from '../../src/accounts/account-store.js';
import { createRefreshHistory } from '../../src/accounts/refresh-history.js';
import { systemClock as clock } from '../../src/clock.js';
import type { Database, Transaction } from '../../src/database/database.js';
import { lockVault } from '../../src/database/lock-vault.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { Fault } from '../../src/errors.js';
import { accountEventTypes } from '../../src/events/account-event.js';
import { createAccountEvents } from '../../src/events/account-events.js';
import { createDiscovery } from '../../src/oauth/discovery.js';
import { createRefreshGrant, type RefreshGrant } from '../../src/oauth/refresh-grant.js';
import { createRevocation } from '../../src/oauth/revocation.js';
import { createLogger } from '../../src/observe/logger.js';
import { createOutbound } from '../../src/outbound/create-outbound.js';
import { createRefreshAccount, type RefreshAccount } from '../../src/refresh/refresh-account.js';
import { createRefreshSchedule } from '../../src/refresh/schedule.js';
import { openJournal, type Journal } from '../../src/vault/journal.js';
import { journalFolderIn } from '../../src/vault/left-journals.js';
import { createRefreshIntentStore, type RefreshIntentStore } from '../../src/vault/refresh-intent-store.js';
import { createTokenStore, type TokenStore } from '../../src/vault/token-store.js';
import { providerId, userId, type FromWorker, type ToWorker, type WorkerPlan, type WorkerStep } from './messages.js';
import { createRandom } from './random.js';
import { catalogueOf, configOf, openKeys } from './vault.js';

const say = (message: FromWorker): void => void process.send?.(message);
const log = createLogger({ level: 'silent' });
let dieAt: { readonly step: WorkerStep; left: number } | null = null;
const healing = new AbortController();
let renewAll: (() => Promise<void>) | null = null;

process.on('disconnect', () => process.exit());
process.on('message', (message: ToWorker) => {
  switch (message.ask) {
    case 'start':
      run(message.plan).catch((error: unknown) => {
        say({ event: 'fault', text: String(error instanceof Error ? error.stack : error) });
        process.exit(1);
      });
      return;
    case 'die-at':
      dieAt = { step: message.step, left: message.nth };
      return;
    case 'renew-all':
      void renewAll?.();
      return;
    case 'heal':
      healing.abort();
      return;
    default:
      message satisfies never;
  }
});

function at(step: WorkerStep): void {
  if (dieAt?.step !== step) return;
  dieAt.left -= 1;
  if (dieAt.left <= 0) process.kill(process.pid, 'SIGKILL');
}

async function run(plan: WorkerPlan): Promise<void> {
  const config = configOf(plan);
  await lockVault(config);
  const opened = await openDatabase({ config, entities, migrations, log });
  const { keyring, sealer } = openKeys(plan.keyring);
  const { database, tokens, intents } = watchWrites(opened, {
    tokens: createTokenStore({ database: opened, keyring, sealer, clock }),
    intents: createRefreshIntentStore({ database: opened, clock }),
  });
  const catalogue = catalogueOf(plan);
  const outbound = createOutbound({ clock });
  const discovery = createDiscovery({ outbound, clock });
  const accounts = createAccountStore({ database, clock, log });
  const journal = await openJournal({ folder: journalFolderIn(plan.dataFolder), sealer, clock, log });
  const refreshAccount = createRefreshAccount({
    database,
    accounts,
    history: createRefreshHistory({ database, clock, keptDays: 1 }),
    events: createAccountEvents({ clock, webhookTypes: new Set(accountEventTypes) }),
    tokens,
    intents,
    catalogue,
    schedule: createRefreshSchedule({ catalogue, clock }),
    leases: plan.leases,
    refreshGrant: watchGrant(createRefreshGrant({ outbound, discovery, clock })),
    revocation: createRevocation({ outbound, discovery, clock }),
    journal: watchJournal(journal),
    clock,
    log,
  });
  await refreshAccount.recover();
  const { accountIds, providerUrl } = plan;
  const bringToEnd = async (accountId: string): Promise<void> => {
    const spentVersion = await versionOf(tokens, accountId);
    while (!(await renew({ refreshAccount, accountId, spentVersion, providerUrl }))) await pause(50);
  };
  renewAll = async () => {
    await Promise.all(accountIds.map(bringToEnd));
    say({ event: 'renewed' });
  };
  say({ event: 'running' });

  const random = createRandom(plan.seed);
  const loop = async (): Promise<void> => {
    await pause(random.below(50)); // not all at one step at once
    while (!healing.signal.aborted) {
      const accountId = plan.accountIds[random.below(plan.accountIds.length)] ?? '';
      const spentVersion = await versionOf(tokens, accountId);
      if (!(await renew({ refreshAccount, accountId, spentVersion, providerUrl }))) await pause(5);
    }
  };
  if (plan.concurrency === 0) return;
  await Promise.all(Array.from({ length: plan.concurrency }, loop));
  const left = [...plan.accountIds];
  const heal = async (): Promise<void> => {
    for (let accountId = left.pop(); accountId !== undefined; accountId = left.pop()) await bringToEnd(accountId);
  };
  await Promise.all(Array.from({ length: plan.concurrency }, heal));
  await refreshAccount.settled();
  await journal.close();
  await database.close();
  await outbound.close();
  say({ event: 'healed' });
}

interface Renewing {
  readonly refreshAccount: RefreshAccount;
  readonly accountId: string;
  readonly spentVersion: number;
  readonly providerUrl: string;
}

async function versionOf(tokens: TokenStore, accountId: string): Promise<number> {
  for (;;) {
    try {
      return (await tokens.read(accountId))?.version ?? 0;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      await pause(50); // a database that is away
    }
  }
}

/** Answers whether the account has newer tokens, which then are used, or can only be helped by its user. */
async function renew({ refreshAccount, accountId, spentVersion, providerUrl }: Renewing): Promise<boolean> {
  try {
    const asked = { userId, providerId, accountId, spentVersion, reason: 'EXPIRED' } as const;
    const { accessToken } = await refreshAccount.renew(asked);
    await fetch(`${providerUrl}/api`, { headers: { authorization: `Bearer ${accessToken.expose()}` } });
    return true;
  } catch (error) {
    if (!(error instanceof Fault)) throw error; // a fault of ours
    return error.code === 'REAUTHORIZATION_REQUIRED';
  }
}

interface Stores {
  readonly tokens: TokenStore;
  readonly intents: RefreshIntentStore;
}

/** A transaction is known by what was done in it. */
function watchWrites(database: Database, { tokens, intents }: Stores): Stores & { readonly database: Database } {
  const kinds = new WeakMap<Transaction, 'pair'>();
  return {
    tokens: {
      ...tokens,
      async replace(transaction, ...rest) {
        const version = await tokens.replace(transaction, ...rest);
        kinds.set(transaction, 'pair');
        return version;
      },
    },
    intents: {
      ...intents,
      async note(...noting) {
        const noted = intents.note(...noting);
        at('in-intent'); // it is on its way, and may be committed or not
        const isNoted = await noted;
        at('after-intent');
        return isNoted;
      },
    },
    database: {
      ...database,
      async write(work) {
        let kind: 'pair' | undefined;
        const result = await database.write(async (transaction) => {
          const value = await work(transaction);
          kind = kinds.get(transaction);
          if (kind === 'pair') at('before-commit');
          return value;
        });
        if (kind === 'pair') at('after-commit');
        return result;
      },
    },
  };
}

function watchGrant(grant: RefreshGrant): RefreshGrant {
  return {
    refresh(request) {
      at('before-request');
      return grant.refresh(request);
    },
  };
}

function watchJournal(journal: Journal): Journal {
  return {
    ...journal,
    async begin(key) {
      at('before-journal-begin');
      await journal.begin(key);
      at('after-journal-begin');
    },
    async keep(key, raw) {
      at('after-answer-before-journal');
      const startedAt = clock.monotonic();
      await journal.keep(key, raw);
      say({ event: 'kept', tookMs: clock.monotonic() - startedAt });
      at('after-journal');
    },
    async settle(attempt) {
      await journal.settle(attempt);
      at('after-settle');
    },
  };
}
