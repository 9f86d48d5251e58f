/** Production: `node dist/src/main.js`. Reads the environment, starts the gateway, ends on SIGTERM or SIGINT.
 *  Exit codes: 0 after a stop, 78 for a fault that the operator mends (sysexits.h), 1 for anything else. */
import 'reflect-metadata';
import { runGateway } from './cli/run-gateway.js';

await runGateway();
