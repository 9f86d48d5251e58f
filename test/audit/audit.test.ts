import { describeAudit } from '../contracts/audit.contract.js';
import { databaseKinds } from '../support/test-database.js';

databaseKinds.forEach(describeAudit);
