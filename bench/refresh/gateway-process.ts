/** The subject of the refresh bench: the whole gateway as production joins it, with accounts in its vault that run.ts makes
 *  due. Started by run.ts in a process of its own. */
import 'reflect-metadata';
import { createApp } from '../../src/app.js';
import { systemClock as clock } from '../../src/clock.js';
import { createLogger } from '../../src/observe/logger.js';
import { Secret } from '../../src/secret.js';
import { newKeyringText, parseKeyring } from '../../src/vault/keyring.js';
import { answerQuestions } from '../answer-questions.js';
import { catalogueOf, configOf } from '../gateway-config.js';
import { seedAccounts } from '../seed-accounts.js';
import { countQueries } from './count-queries.js';

answerQuestions(async (plan) => {
  const statements = countQueries();
  const keyringText = newKeyringText({ development: true, clock });
  const keyring = parseKeyring(Secret.of(keyringText));
  if ('faults' in keyring) throw new Error('The keyring that was just made is faulty.');
  const config = configOf(plan, keyringText);
  await seedAccounts({ config, keyring: keyring.value, people: plan.people });
  const deployment = {
    config,
    catalogue: catalogueOf(plan.upstreamUrl, 'refreshPolicy: { mode: scheduled }'),
    keyring: keyring.value,
  };
  const app = await createApp(deployment, { clock, log: createLogger({ level: config.logLevel }) });
  const { port } = await app.start();
  return { url: `http://127.0.0.1:${port}/graphql`, statements, close: () => app.close() };
});
