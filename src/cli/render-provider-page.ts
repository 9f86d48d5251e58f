/** docs/providers/<id>.md as text, one for each definition that is shipped. Called by generate-docs. */
import type { Definition } from '../providers/definition.js';
import { renderPolicy } from './render-policy.js';
import { escapeMarkdown, type ShippedDefinition } from './shipped-definition.js';

export function renderProviderPage({ id, definition }: ShippedDefinition): string {
  const parts = [
    `# ${escapeMarkdown(definition.name)}`,
    `<!-- Generated from src/providers/definitions/${id}.yaml by "npm run docs". Change it there. -->`,
    ...renderClosing(definition),
    ...renderSetUp(id, definition),
    ...renderScopes(definition),
    ...renderParameters(definition),
    ...renderPolicy(definition),
    ...renderFacts(definition),
  ];
  return `${parts.join('\n\n')}\n`;
}

function renderClosing({ closes }: Definition): string[] {
  if (!closes) return [];
  const said = `It closes on ${closes.on} ([source](${closes.source})), and the log says so at each start.`;
  return [[said, escapeMarkdown(closes.instead ?? '')].join(' ').trim()];
}

function renderSetUp(id: string, definition: Definition): string[] {
  const { registration, scopes, documentationUrl } = definition;
  const steps = registration?.steps.map((step, index) => `${index + 1}. ${escapeMarkdown(step)}`) ?? [];
  const file = [`# ${id}.yaml`, `extends: ${id}`, 'clientId: <your client ID>'];
  if (scopes.length > 0) file.push(`scopes: [${scopes.map(inYaml).join(', ')}]`);
  return [
    '## Set it up',
    `Callback URL: \`<LATCHKEY_PUBLIC_URL>/oauth/callback/${id}\``,
    ...(registration ? [`At [${new URL(registration.url).host}](${registration.url}):`, steps.join('\n')] : []),
    'Write a file into the folder that `LATCHKEY_PROVIDERS_FOLDER` names, its name being the provider’s id:',
    `\`\`\`yaml\n${file.join('\n')}\n\`\`\``,
    sayCredential(id, definition),
    ...(documentationUrl ? [`The provider’s own documentation: <${documentationUrl}>`] : []),
  ];
}

/** Quoted where it would be something else than a text. */
function inYaml(scope: string): string {
  return /^[A-Za-z]([\w.:/+-]*[\w/+-])?$/.test(scope) ? scope : `'${scope}'`;
}

function sayCredential(id: string, { clientAuthentication }: Definition): string {
  if (clientAuthentication === 'none') return 'There is no secret.';
  const isKey = clientAuthentication === 'private_key_jwt';
  const name = `LATCHKEY_PROVIDER_${id.toUpperCase().replaceAll('-', '_')}_${isKey ? 'PRIVATE_KEY' : 'CLIENT_SECRET'}`;
  return `Put the ${isKey ? 'private key' : 'client secret'} into \`${name}\`, or its file’s name into \`${name}_FILE\`.`;
}

function renderScopes({ scopes, optionalScopes }: Definition): string[] {
  const lines = [
    scopes.length > 0
      ? `Asked for unless your file says otherwise: ${list(scopes)}.`
      : 'None are asked for unless your file says otherwise.',
  ];
  if (optionalScopes.length > 0) lines.push(`A caller may ask for these too: ${list(optionalScopes)}.`);
  return ['## Scopes', ...lines];
}

function list(scopes: readonly string[]): string {
  return scopes.map((scope) => `\`${scope}\``).join(', ');
}

function renderParameters({ parameters }: Definition): string[] {
  if (parameters.length === 0) return [];
  const lines = parameters.map(({ name, description, required }) => {
    return `- \`${name}\`${required ? '' : ', if it is another than the usual one'}: ${escapeMarkdown(description)}`;
  });
  return ['## What a user gives', lines.join('\n')];
}

function renderFacts({ facts }: Definition): string[] {
  if (facts.length === 0) return [];
  const lines = facts.map(({ what, source, checked, confirmed }) => {
    return `- ${escapeMarkdown(what)} [Source](${source}), ${confirmed ? 'confirmed' : 'unconfirmed'}, ${checked}.`;
  });
  return ['## What this is built on', lines.join('\n')];
}
