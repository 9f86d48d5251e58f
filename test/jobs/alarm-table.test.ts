import { databaseKinds } from '../support/test-database.js';
import { describeAlarmTable } from '../contracts/alarm-table.contract.js';

databaseKinds.forEach(describeAlarmTable);
