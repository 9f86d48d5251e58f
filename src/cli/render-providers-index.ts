/** docs/providers/README.md as text: the list of the definitions that are shipped. A line each and no table, so that a
 *  new one changes one line. Called by generate-docs. */
import { escapeMarkdown, type ShippedDefinition } from './shipped-definition.js';

export function renderProvidersIndex(definitions: readonly ShippedDefinition[]): string {
  const lines = definitions.map(({ id, definition: { name, refreshPolicy, closes } }) => {
    const closing = closes ? `, closes on ${closes.on}` : '';
    return `- [\`${id}\`](${id}.md): ${escapeMarkdown(name)}, refreshed \`${refreshPolicy?.mode ?? 'lazy'}\`${closing}`;
  });
  const parts = [
    '# The providers that Latchkey knows',
    '<!-- Generated from src/providers/definitions by "npm run docs". Change it there. -->',
    `There are ${definitions.length}. Each page has the callback URL, the steps to register your app, the scopes, the refresh policy and why, and the facts with their sources. A provider that is not here is a file of your own: [providers](../providers.md).`,
    lines.join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}
