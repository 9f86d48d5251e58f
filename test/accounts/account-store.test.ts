import { describeAccountStore } from '../contracts/account-store.contract.js';
import { databaseKinds } from '../support/test-database.js';

databaseKinds.forEach(describeAccountStore);
