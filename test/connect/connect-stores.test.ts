import { describeConnectStores } from '../contracts/connect-stores.contract.js';
import { databaseKinds } from '../support/test-database.js';

databaseKinds.forEach(describeConnectStores);
