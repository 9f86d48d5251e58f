import { describeRefreshIntentStore } from '../contracts/refresh-intent-store.contract.js';
import { databaseKinds } from '../support/test-database.js';

databaseKinds.forEach(describeRefreshIntentStore);
