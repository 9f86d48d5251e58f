/** What the gateway's callback page says to the playground when it sends the browser back here. Called by boot.js.
 *  `latchkey_outcome` tells how the connection went. `latchkey_handle` comes where it was started in another browser (a
 *  link from curl or a mail): whoever started it finishes it with their token.
 *  Must never: finish without a press, or leave the handle in the address. */
import { faultIn } from './graphql-call.js';

const finish = `mutation Finish($handle: String!) {
  completeAuthorization(input: { answer: { handle: $handle } }) {
    account { displayName provider { name } }
    problem { message }
  }
}`;

export function tellOfReturn({ call, say, onDone }) {
  const outcome = take('latchkey_outcome');
  const handle = take('latchkey_handle');
  if (handle !== null) offerToFinish(handle, { call, say, onDone });
  else if (outcome === 'connected') say('The account is connected. Run the query "Me" to read the profile.');
  else if (outcome !== null) say(`Nothing was connected (${outcome}). Start the connection again.`);
}

/** The parameter, which is gone from the address afterwards. */
function take(name) {
  const address = new URL(location.href);
  const value = address.searchParams.get(name);
  address.searchParams.delete(name);
  history.replaceState(null, '', address);
  return value;
}

function offerToFinish(handle, { call, say, onDone }) {
  say('A connection waits to be finished by the one who started it: choose who that was, then finish it.', {
    label: 'Finish it',
    run: async () => {
      const answer = await call({ query: finish, variables: { handle } });
      const { account = null, problem = null } = answer.data?.completeAuthorization ?? {};
      say(
        account
          ? `Connected ${account.displayName ?? 'the account'} at ${account.provider.name}.`
          : (problem?.message ?? faultIn(answer) ?? 'The connection could not be finished.'),
      );
      await onDone();
    },
  });
}
