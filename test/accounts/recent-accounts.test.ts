import { describeRecentAccounts } from '../contracts/recent-accounts.contract.js';
import { databaseKinds } from '../support/test-database.js';

databaseKinds.forEach(describeRecentAccounts);
