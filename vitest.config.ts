import { defineConfig } from 'vitest/config';

/** What talks to a database through the stores: run once more on PostgreSQL. The stores themselves have contracts, which
 *  run on both databases in either project (test/contracts). */
const onPostgresToo = [
  'test/admin/admin.test.ts',
  'test/connect/{complete,connect-account,disconnect,finish-in-browser,interrupted,open-link,start,whose-attempt}.test.ts',
  'test/refresh/{activity,fresh-token,nothing-lost,refresh-account,schedule,several-processes,statements,write-grant,write-outcome,paused,incidents}.test.ts',
  'test/proxy/me.test.ts',
  'test/graphql/hostile-texts.test.ts',
  'test/flows/{account-values,connect-and-read,hubspot,no-token-leaves,operable,reseal,subscription,webhook,withings}.test.ts',
];

export default defineConfig({
  // One graphql module for every importer: without this, type-graphql and Apollo each load their own and refuse the
  // other's schema ("Cannot use GraphQLSchema from another module or realm").
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/postgres-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'sqlite', include: ['test/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'postgres', include: onPostgresToo, env: { LATCHKEY_TEST_DATABASE: 'postgres' } },
      },
    ],
  },
});
