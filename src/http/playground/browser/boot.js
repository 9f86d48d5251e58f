/** Starts the playground: who is asking, what is connected, and GraphiQL with the example operations.
 *  Loaded by the page as a module, after React and GraphiQL. */
import { createCallers } from './callers.js';
import { createConnections } from './connections.js';
import { exampleTabs } from './examples.js';
import { createGraphqlCall } from './graphql-call.js';
import { tellOfReturn } from './return-from-provider.js';

const { React, ReactDOM, GraphiQL } = globalThis;
const place = (id) => document.getElementById(id);

const callers = createCallers(place('callers'));
const call = createGraphqlCall(() => callers.current().token);
const connections = createConnections({ place: place('connections'), call, say });

callers.onChange(() => {
  connections.forget();
  void connections.refresh();
});
// Back from the provider's page in another tab.
window.addEventListener('focus', () => void connections.refresh());

await callers.load();
await connections.refresh();
tellOfReturn({ call, say, onDone: connections.refresh });

ReactDOM.createRoot(place('graphiql')).render(
  React.createElement(
    GraphiQL,
    {
      fetcher: async (operation, { headers } = {}) => {
        const answer = await call(withKnownName(operation), headers);
        if (/^\s*mutation\b/m.test(operation.query)) void connections.refresh();
        return answer;
      },
      defaultTabs: exampleTabs,
      storage: GraphiQL.createLocalStorage({ namespace: 'latchkey-playground' }),
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
    },
    React.createElement(GraphiQL.Logo, null, null),
  ),
);

/** Right after a change of tabs GraphiQL may still send the operation's name of the tab before. */
function withKnownName({ query, variables, operationName }) {
  const isKnown = new RegExp(`\\b(query|mutation|subscription)\\s+${operationName}\\b`).test(query);
  return { query, variables, operationName: isKnown ? operationName : undefined };
}

/** Shows one sentence under the bar, with a button if there is something to press. */
function say(sentence, action) {
  const notice = place('notice');
  notice.hidden = sentence === null;
  const close = noticeButton('Close', () => say(null));
  close.className = 'close';
  notice.replaceChildren(sentence ?? '', ...(action ? [noticeButton(action.label, action.run)] : []), close);
}

function noticeButton(label, onPress) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = label;
  button.addEventListener('click', () => void onPress());
  return button;
}
