/** Starts the playground: who is asking, what is connected, and GraphiQL with the example operations.
 *  Loaded by the page as a module, after React and GraphiQL. */
import { createCallers } from './callers.js';
import { createConnections } from './connections.js';
import { exampleTabs } from './examples.js';
import { createGraphqlCall } from './graphql-call.js';
import { offerWaitingHandle } from './waiting-handle.js';

const { React, ReactDOM, GraphiQL } = globalThis;
const place = (id) => document.getElementById(id);

const callers = createCallers(place('callers'));
const call = createGraphqlCall(() => callers.current().token);
const connections = createConnections({ place: place('connections'), call, say });

callers.onChange(() => void connections.refresh());
// Back from the provider's page in another tab.
window.addEventListener('focus', () => void connections.refresh());

await callers.load();
await connections.refresh();
offerWaitingHandle({ call, say, onDone: connections.refresh });

ReactDOM.createRoot(place('graphiql')).render(
  React.createElement(
    GraphiQL,
    {
      fetcher: async (operation, { headers } = {}) => {
        const answer = await call(operation, headers);
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

/** Shows one sentence under the bar, with a button if there is something to press. */
function say(sentence, action) {
  const notice = place('notice');
  notice.hidden = sentence === null;
  notice.replaceChildren(sentence ?? '');
  if (!action) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = action.label;
  button.addEventListener('click', () => void action.run());
  notice.append(' ', button);
}
