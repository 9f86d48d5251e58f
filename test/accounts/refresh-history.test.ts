import { describeRefreshHistory } from '../contracts/refresh-history.contract.js';
import { databaseKinds } from '../support/test-database.js';

databaseKinds.forEach(describeRefreshHistory);
