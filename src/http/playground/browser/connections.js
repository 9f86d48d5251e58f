/** The providers in the bar: which the caller has connected, and a button that connects one. Called by boot.js. */
import { faultIn } from './graphql-call.js';

const overview = `query Connections {
  providers { id name }
  viewer { connectedAccounts(first: 100) { nodes { id status displayName externalId expiresAt provider { id } } } }
}`;

const start = `mutation Connect($input: StartAuthorizationInput!) {
  startAuthorization(input: $input) { authorizationUrl }
}`;

export function createConnections({ place, call, say }) {
  let latest = 0;
  /** The provider whose page was opened, and what was connected there before. */
  let awaited = null;

  async function refresh() {
    const mine = ++latest;
    const answer = await call({ query: overview });
    if (mine !== latest) return;
    const { providers = [], viewer = null } = answer.data ?? {};
    const accountsAt = ({ id }) => (viewer?.connectedAccounts.nodes ?? []).filter((one) => one.provider.id === id);
    place.replaceChildren(...providers.map((provider) => pill(provider, accountsAt(provider))));
    if (awaited && JSON.stringify(accountsAt(awaited.provider)) !== awaited.before) {
      say(`${awaited.provider.name} is connected. Run the query "Me" to read the profile.`);
      awaited = null;
    }
  }

  /** The tab is opened before the answer is there, since browsers allow it only at the press itself. The cookie that the
   *  answer sets stays in this browser, so the provider's answer finishes the connection by itself. */
  async function connect(provider, accounts) {
    const tab = window.open('', '_blank');
    say(`Starting a connection at ${provider.name} …`);
    const answer = await call({ query: start, variables: { input: { provider: provider.id } } });
    const url = answer.data?.startAuthorization?.authorizationUrl;
    if (!url) {
      tab?.close();
      say(faultIn(answer) ?? 'The connection could not be started.');
    } else if (tab) {
      awaited = { provider, before: JSON.stringify(accounts) };
      tab.opener = null;
      tab.location.replace(url);
      say(`Sign in at ${provider.name} in the new tab, then come back here.`);
    } else {
      say(`The browser kept the new tab shut.`, { label: `Go to ${provider.name}`, run: () => location.assign(url) });
    }
  }

  function pill(provider, accounts) {
    const element = document.createElement('div');
    element.className = 'connection';
    element.dataset.provider = provider.id;
    element.dataset.state = stateOf(accounts);
    const name = document.createElement('strong');
    name.textContent = provider.name;
    const who = document.createElement('span');
    who.textContent = wordsFor(accounts);
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = accounts.length > 0 ? 'Connect again' : 'Connect';
    button.addEventListener('click', () => void connect(provider, accounts));
    element.append(name, who, button);
    return element;
  }

  return {
    refresh,
    /** Somebody else asks now: what was begun for the caller before is no longer looked for. */
    forget() {
      if (awaited) say(null);
      awaited = null;
    },
  };
}

function stateOf(accounts) {
  if (accounts.length === 0) return 'none';
  return accounts.every((account) => account.status === 'ACTIVE') ? 'connected' : 'needs-user';
}

function wordsFor(accounts) {
  if (accounts.length === 0) return 'not connected';
  if (stateOf(accounts) === 'needs-user') return 'asks to be connected again';
  const [first] = accounts;
  return accounts.length > 1 ? `${accounts.length} accounts` : (first.displayName ?? first.externalId ?? 'connected');
}
