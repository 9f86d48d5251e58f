import { describeAuditChain } from '../contracts/audit-chain.contract.js';
import { databaseKinds } from '../support/test-database.js';

databaseKinds.forEach(describeAuditChain);
