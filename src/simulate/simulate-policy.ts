/** Runs one policy over the accounts of a scenario on a virtual clock, event by event. Pure: the same scenario gives the
 *  same figures. Called by compare-policies.ts. */
import type { RefreshPolicy } from '../providers/provider.js';
import { draw } from './chance.js';
import { createEventQueue } from './event-queue.js';
import { createFleet, NONE, read } from './fleet.js';
import type { Scenario } from './scenario.js';
import { createSimulatedGateway } from './simulated-gateway.js';
import { createTally, type PolicyFigures } from './tally.js';
import { DAY } from './user-models.js';
import { createUsers } from './users.js';

export interface PolicyRun {
  readonly figures: PolicyFigures;
  /** Uses and alarms that were gone through. */
  readonly events: number;
}

const FIRST_MOMENT = 0x0ff1ce;

export function simulatePolicy(policy: RefreshPolicy, scenario: Scenario): PolicyRun {
  const { simulated, seed, days, users: mix, connectWithin } = scenario;
  const end = days * DAY;
  const fleet = createFleet(simulated);
  const tally = createTally({ scale: scenario.accounts / simulated, days });
  const gateway = createSimulatedGateway({ policy, scenario, fleet, tally });
  const users = createUsers({ accounts: simulated, seed, mix });
  const queue = createEventQueue(simulated);
  for (let account = 0; account < simulated; account += 1) {
    queue.add(account, Math.floor(draw(seed ^ FIRST_MOMENT, account, 0) * connectWithin));
  }

  let events = 0;
  for (let now = queue.firstAt(); now < end; now = queue.firstAt()) {
    const account = queue.first();
    step(account, now);
    queue.moveFirst(Math.max(Math.min(read(fleet.useAt, account), read(fleet.alarmAt, account)), now));
    events += 1;
  }
  for (let account = 0; account < simulated; account += 1) {
    if (read(fleet.grantedAt, account) !== NONE) gateway.close(account, end);
  }
  return { figures: tally.figures(), events };

  function step(account: number, now: number): void {
    if (read(fleet.grantedAt, account) === NONE) gateway.connect(account, now);
    else if (read(fleet.useAt, account) > now) return gateway.wake(account, now);
    else gateway.use(account, now);
    fleet.useAt[account] = users.nextUse(account, now);
  }
}
