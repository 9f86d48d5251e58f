/** Finishes a connection that came back in another browser than the one it was started in (a link from curl or a mail):
 *  the gateway sends such a browser here with a one-time handle, and whoever started it finishes it with their token.
 *  Called by boot.js. Must never: finish without a press, or leave the handle in the address. */
import { faultIn } from './graphql-call.js';

const finish = `mutation Finish($handle: String!) {
  completeAuthorization(input: { answer: { handle: $handle } }) {
    account { displayName provider { name } }
    problem { message }
  }
}`;

export function offerWaitingHandle({ call, say, onDone }) {
  const address = new URL(location.href);
  const handle = address.searchParams.get('latchkey_handle');
  if (handle === null) return;
  address.searchParams.delete('latchkey_handle');
  history.replaceState(null, '', address);
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
