import { describeWebhook } from '../contracts/webhook.contract.js';
import { databaseKinds } from '../support/test-database.js';

databaseKinds.forEach(describeWebhook);
