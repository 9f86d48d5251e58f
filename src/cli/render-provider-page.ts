/** docs/providers/<id>.md as text, one for each definition that is shipped. Called by generate-docs. */
import type { Definition } from '../providers/definition.js';
import { inWords, renderPolicy } from './render-policy.js';
import { renderSetUp } from './render-set-up.js';
import { escapeMarkdown, type ShippedDefinition } from './shipped-definition.js';

export function renderProviderPage({ id, definition }: ShippedDefinition): string {
  const parts = [
    `# ${escapeMarkdown(definition.name)}`,
    `<!-- Generated from src/providers/definitions/${id}.yaml by "npm run docs". Change it there. -->`,
    ...renderClosing(definition),
    ...renderSetUp(id, definition),
    ...renderScopes(definition),
    ...renderParameters(definition),
    ...renderKeptValues(definition),
    ...renderPolicy(definition),
    ...renderRateLimits(definition),
    ...renderFacts(definition),
  ];
  return `${parts.join('\n\n')}\n`;
}

function renderClosing({ closes }: Definition): string[] {
  if (!closes) return [];
  const said = `It closes on ${closes.on} ([source](${closes.source})), and the log says so at each start.`;
  return [[said, escapeMarkdown(closes.instead ?? '')].join(' ').trim()];
}

function renderScopes({ scopes, optionalScopes, scopeParameters }: Definition): string[] {
  const lines = [
    scopes.length > 0
      ? `Asked for unless your file says otherwise: ${list(scopes)}.`
      : 'None are asked for unless your file says otherwise.',
  ];
  if (optionalScopes.length > 0) lines.push(`A caller may ask for these too: ${list(optionalScopes)}.`);
  for (const [parameter, names] of Object.entries(scopeParameters)) {
    const which = names === 'all' ? 'All of them go' : `${list(names)} go`;
    lines.push(`${which} into the parameter \`${parameter}\`.`);
  }
  return ['## Scopes', ...lines];
}

function list(scopes: readonly string[]): string {
  return scopes.map((scope) => `\`${scope}\``).join(', ');
}

/** A parameter of a name that a value has too may be left out: the value is its default. */
function renderParameters({ parameters, values }: Definition): string[] {
  if (parameters.length === 0) return [];
  const lines = parameters.map(({ name, description, required, example }) => {
    const notes = [
      ...(required ? [] : ['may be left out']),
      ...(values[name] === undefined ? [] : [`\`${values[name]}\` by default`]),
      ...(example === undefined ? [] : [`such as \`${example}\``]),
    ];
    return `- \`${name}\`${notes.length > 0 ? ` (${notes.join(', ')})` : ''}: ${escapeMarkdown(description)}`;
  });
  return ['## What a user gives', lines.join('\n')];
}

const KEPT_FROM = {
  callback: 'from the callback',
  answer: 'from the token answer',
  me: 'from what the provider says of the person',
} as const;

function renderKeptValues({ keep }: Definition): string[] {
  const lines = (['callback', 'answer', 'me'] as const).flatMap((from) =>
    Object.keys(keep[from]).map((name) => `- \`${name}\`, ${KEPT_FROM[from]}`),
  );
  return lines.length > 0 ? ['## Values kept with an account', lines.join('\n')] : [];
}

const FOR_WHOM = { app: 'for the whole app', account: 'for each account', user: 'for each user' } as const;

function renderRateLimits({ rateLimits }: Definition): string[] {
  if (rateLimits.length === 0) return [];
  const lines = rateLimits.map(({ per, requests, seconds, source }) => {
    const said = `- ${requests} requests in ${inWords(seconds)} ${FOR_WHOM[per]}`;
    return source === undefined ? said : `${said} ([source](${source}))`;
  });
  return ['## Rate limits', 'Latchkey keeps these before they are hit:', lines.join('\n')];
}

function renderFacts({ facts }: Definition): string[] {
  if (facts.length === 0) return [];
  const lines = facts.map(({ what, source, checked, confirmed }) => {
    return `- ${escapeMarkdown(what)} [Source](${source}), ${confirmed ? 'confirmed' : 'unconfirmed'}, ${checked}.`;
  });
  return ['## What this is built on', lines.join('\n')];
}
