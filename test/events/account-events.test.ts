import { describeAccountEvents } from '../contracts/account-events.contract.js';
import { databaseKinds } from '../support/test-database.js';

databaseKinds.forEach(describeAccountEvents);
