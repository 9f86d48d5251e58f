/** Who is asking: one of the development tokens, or a token that was pasted. Called by boot.js.
 *  Must never: write a token anywhere but into memory. What is kept for the next visit is the name of the choice. */

const pasted = { name: 'pasted', label: 'Paste a token', token: null };
const choiceKey = 'latchkey-playground:caller';

export function createCallers(place) {
  const listeners = [];
  let choices = [];
  let chosen = pasted;

  const choose = (caller) => {
    chosen = caller;
    sessionStorage.setItem(choiceKey, caller.name);
    show();
    for (const listener of listeners) listener();
  };

  const show = () => {
    const buttons = choices.map((caller) => choiceButton(caller, chosen, () => choose(caller)));
    const group = document.createElement('div');
    group.className = 'choices';
    group.append(...buttons);
    const field = tokenField(chosen, (token) => {
      pasted.token = token;
      choose(pasted);
    });
    place.replaceChildren(...(buttons.length > 0 ? [group] : []), ...(chosen === pasted ? [field] : []));
  };

  return {
    /** The caller whose token goes with each request; its token is null where none was pasted yet. */
    current: () => chosen,
    onChange: (listener) => listeners.push(listener),
    async load() {
      choices = await fetchChoices();
      const name = sessionStorage.getItem(choiceKey);
      chosen = choices.find((caller) => caller.name === name) ?? choices[0] ?? pasted;
      show();
    },
  };
}

/** Only a gateway in development, asked from its own machine, gives tokens out. */
async function fetchChoices() {
  const answer = await fetch('/playground/tokens', { headers: { accept: 'application/json' } });
  if (!answer.ok) return [];
  const { user, otherUser, admin } = await answer.json();
  return [
    { name: 'user', label: 'User', token: user },
    { name: 'otherUser', label: 'Other user', token: otherUser },
    { name: 'admin', label: 'Admin', token: admin },
    pasted,
  ];
}

function choiceButton(caller, chosen, onPress) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = caller.label;
  button.dataset.caller = caller.name;
  button.title = caller.token ? `Requests carry the token of ${subjectOf(caller.token)}` : 'Requests carry your token';
  button.setAttribute('aria-pressed', String(caller === chosen));
  button.addEventListener('click', onPress);
  return button;
}

function tokenField({ token }, onToken) {
  const input = document.createElement('input');
  input.type = 'password';
  input.name = 'token';
  input.placeholder = 'Paste a JWT of your app (kept in memory only)';
  input.setAttribute('aria-label', 'JWT');
  input.autocomplete = 'off';
  input.spellcheck = false;
  input.value = token ?? '';
  const take = () => onToken(input.value.trim().replace(/^bearer\s+/i, '') || null);
  input.addEventListener('change', take);
  const form = document.createElement('form');
  form.append(input);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    take();
  });
  return form;
}

/** For showing only; the gateway decides what a token is worth. */
function subjectOf(token) {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return String(JSON.parse(atob(payload)).sub);
  } catch {
    return 'an unreadable token';
  }
}
