import { describeDatabase } from '../contracts/database.contract.js';
import { databaseKinds } from '../support/test-database.js';

databaseKinds.forEach(describeDatabase);
