/** How an operator registers an app at a provider and tells Latchkey of it: a part of docs/providers/<id>.md. Called by
 *  render-provider-page.ts. */
import type { Definition } from '../providers/definition.js';
import { escapeMarkdown } from './shipped-definition.js';

export function renderSetUp(id: string, definition: Definition): string[] {
  const { registration, documentationUrl } = definition;
  const steps = registration?.steps.map((step, index) => `${index + 1}. ${escapeMarkdown(step)}`) ?? [];
  return [
    '## Set it up',
    `Callback URL: \`<LATCHKEY_PUBLIC_URL>/oauth/callback/${id}\``,
    ...(registration ? [`At [${new URL(registration.url).host}](${registration.url}):`, steps.join('\n')] : []),
    'Write a file into the folder that `LATCHKEY_PROVIDERS_FOLDER` names, its name being the provider’s id:',
    `\`\`\`yaml\n${writeFile(id, definition).join('\n')}\n\`\`\``,
    ...sayValues(definition),
    sayCredential(id, definition),
    ...(documentationUrl ? [`The provider’s own documentation: <${documentationUrl}>`] : []),
  ];
}

function writeFile(id: string, { scopes, registration }: Definition): string[] {
  const values = registration?.values ?? [];
  return [
    `# ${id}.yaml`,
    `extends: ${id}`,
    'clientId: <your client ID>',
    ...(scopes.length > 0 ? [`scopes: [${scopes.map(inYaml).join(', ')}]`] : []),
    ...(values.length > 0
      ? [`values: { ${values.map(({ name, example }) => `${name}: ${inYaml(example)}`).join(', ')} }`]
      : []),
  ];
}

/** Quoted where it would be something else than a text. */
function inYaml(text: string): string {
  return /^[A-Za-z]([\w.:/+-]*[\w/+-])?$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** Those that a file has to give, and those that it may give otherwise. */
function sayValues({ registration, values, parameters }: Definition): string[] {
  const asked = registration?.values ?? [];
  const names = new Set([...asked, ...parameters].map(({ name }) => name));
  const wanted = asked.map(({ name, description }) => `- \`${name}\`: ${escapeMarkdown(description)}`);
  const fixed = Object.entries(values).filter(([name]) => !names.has(name));
  const lines = [
    ...wanted,
    ...fixed.map(([name, value]) => `- \`${name}\`: \`${value}\`, unless your file says otherwise.`),
  ];
  return lines.length > 0 ? ['Its `values`:', lines.join('\n')] : [];
}

const WITH_A_KEY = new Set(['private_key_jwt', 'signed_secret']);

function sayCredential(id: string, { clientAuthentication = 'client_secret_basic' }: Definition): string {
  if (clientAuthentication === 'none') return 'There is no secret.';
  const isKey = WITH_A_KEY.has(clientAuthentication);
  const name = `LATCHKEY_PROVIDER_${id.toUpperCase().replaceAll('-', '_')}_${isKey ? 'PRIVATE_KEY' : 'CLIENT_SECRET'}`;
  return `Put the ${isKey ? 'private key' : 'client secret'} into \`${name}\`, or its file’s name into \`${name}_FILE\`.`;
}
