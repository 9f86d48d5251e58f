/** The step in which the provider does a refresh and its answer never arrives: the replay rule says what becomes of it. Called
 *  by rehearsal-steps.ts. */
import { StepFault } from './step-fault.js';
import { connectPerson, look, passTimeUntilRefresh, use, type Walk } from './walk.js';

export async function loseAnswer(walk: Walk): Promise<string> {
  const { server, clock } = walk;
  const account = await connectPerson(walk, 'dora');
  await passTimeUntilRefresh(walk, account);
  const spent = server.grants.ofPerson('dora')?.refreshToken ?? '';
  server.next('refresh', 'lost');
  await use(walk, 'dora');
  const { retryAt } = await look(walk, account);
  clock.advance(Math.max(0, (retryAt ?? 0) - clock.now()) + 1);
  const isTaken = server.grants.takes(spent);
  const used = await use(walk, 'dora');
  const { lastError, status } = await look(walk, account);
  if (isTaken) {
    if (used.code !== null || lastError !== null) throw new StepFault(`It was not fetched again: ${used.says}`);
    return `fetched again with the same refresh token (replay: ${walk.provider.rotation.replay})`;
  }
  if (lastError?.code !== 'OUTCOME_UNKNOWN' || status !== 'NEEDS_REAUTHORIZATION') {
    throw new StepFault(`The loss was not told: ${used.says}`);
  }
  return 'the grant is gone, and the account says that an answer was lost';
}
