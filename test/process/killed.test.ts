/** A gateway that is killed in the middle of a refresh (kill -9, out of memory), and the one that is started in its place. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectUser } from '../support/connected-user.js';
import { prepareGateway, type GatewayPlace } from '../support/gateway-process.js';

let place: GatewayPlace;
let token: string;
beforeEach(async () => {
  place = await prepareGateway();
  token = await place.app.tokenFor('anna');
});
afterEach(() => place.close());

const me = () => place.app.query({ query: '{ me(provider: "test") { name } }', token });

/** Ends when the gateway is dead and a new one serves, which knows from the journal that nobody is at the refresh any more. */
async function killInRefresh(answer: 'is lost' | 'never came to be'): Promise<void> {
  const gateway = await place.start();
  await connectUser({ ...place, token, login: 'anna' });
  place.oidc.expireAccessTokens();
  const hold = place.oidc.hold('token');
  const cutOff = expect(me()).rejects.toThrow();
  await hold.arrived;
  gateway.kill('SIGSTOP'); // so that it is dead to the answer, and the provider does not know
  if (answer === 'is lost') {
    hold.release();
    await hold.answered;
  }
  gateway.kill('SIGKILL');
  await gateway.ended;
  await cutOff;
  if (answer === 'never came to be') place.oidc.interfere('token', 'reset');
  hold.release();
  await place.start();
}

test('whose refresh token was spent says that the outcome is unknown, not that the provider ended the grant', async () => {
  await killInRefresh('is lost');
  const { errors } = await me();
  expect(errors).toMatchObject([{ extensions: { code: 'REAUTHORIZATION_REQUIRED' } }]);
  const { data } = await place.app.query({
    query: '{ viewer { connectedAccounts { nodes { status lastRefreshError { code } } } } }',
    token,
  });
  expect(data['viewer']).toEqual({
    connectedAccounts: { nodes: [{ status: 'NEEDS_REAUTHORIZATION', lastRefreshError: { code: 'OUTCOME_UNKNOWN' } }] },
  });
});

test('whose refresh the provider never took up goes on as if nothing had been', async () => {
  await killInRefresh('never came to be');
  expect(await me()).toMatchObject({ data: { me: { name: 'Anna Example' } } });
});
