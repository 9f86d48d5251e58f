import { describeTokenStore } from '../contracts/token-store.contract.js';
import { databaseKinds } from '../support/test-database.js';

databaseKinds.forEach(describeTokenStore);
