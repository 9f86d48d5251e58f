/** docs/providers/<id>.md as text, from a definition that is shipped and those that extend it. Called by
 *  generate-docs. */
import type { Definition } from '../providers/definition.js';
import { readDefinition } from '../providers/read-definition.js';
import { readShippedDefinition, shippedIds } from '../providers/shipped-definitions.js';

/** One page for each definition that is no variant of another, by id. */
export function renderProviderPages(): ReadonlyMap<string, string> {
  const definitions = shippedIds().map((id) => ({ id, definition: read(id) }));
  const originals = definitions.filter(({ definition }) => definition.extends === undefined);
  return new Map(
    originals.map(({ id, definition }) => {
      const variants = definitions.filter((one) => one.definition.extends === id);
      return [id, renderPage(id, definition, variants)];
    }),
  );
}

interface Variant {
  readonly id: string;
  readonly definition: Definition;
}

function read(id: string): Definition {
  const text = readShippedDefinition(id) ?? '';
  const source = { file: `${id}.yaml`, text, mode: 'production', readShipped: readShippedDefinition } as const;
  const checked = readDefinition(source);
  if ('value' in checked) return checked.value;
  throw new Error(`The definition ${id} is faulty: ${JSON.stringify(checked.faults)}`);
}

function renderPage(id: string, definition: Definition, variants: readonly Variant[]): string {
  const parts = [
    `# ${definition.name}`,
    `<!-- Generated from src/providers/definitions/${id}.yaml by "npm run docs". Change it there. -->`,
    ...renderSetUp(id, definition),
    ...renderScopes(definition),
    ...renderPolicy(definition),
    ...variants.flatMap(renderVariant),
    ...renderFacts(definition),
  ];
  return `${parts.join('\n\n')}\n`;
}

function renderSetUp(
  id: string,
  { registration, clientAuthentication, scopes, documentationUrl }: Definition,
): string[] {
  const secret = `LATCHKEY_PROVIDER_${id.toUpperCase().replaceAll('-', '_')}_CLIENT_SECRET`;
  const steps = registration?.steps.map((step, index) => `${index + 1}. ${step}`) ?? [];
  return [
    '## Set it up',
    `Callback URL: \`<LATCHKEY_PUBLIC_URL>/oauth/callback/${id}\``,
    ...(registration ? [`At [${new URL(registration.url).host}](${registration.url}):`, steps.join('\n')] : []),
    'Write a file into the folder that `LATCHKEY_PROVIDERS_FOLDER` names, its name being the provider’s id:',
    `\`\`\`yaml\n# ${id}.yaml\nextends: ${id}\nclientId: <your client ID>\nscopes: [${scopes.join(', ')}]\n\`\`\``,
    clientAuthentication === 'none'
      ? 'There is no secret.'
      : `Put the client secret into \`${secret}\`, or its file’s name into \`${secret}_FILE\`.`,
    ...(documentationUrl ? [`The provider’s own documentation: <${documentationUrl}>`] : []),
  ];
}

function renderScopes({ scopes, optionalScopes }: Definition): string[] {
  const lines = [`Asked for unless your file says otherwise: ${list(scopes)}.`];
  if (optionalScopes.length > 0) lines.push(`A caller may ask for these too: ${list(optionalScopes)}.`);
  return ['## Scopes', ...lines];
}

function list(scopes: readonly string[]): string {
  return scopes.map((scope) => `\`${scope}\``).join(', ');
}

function renderPolicy({ refreshPolicy, rotation, lifetimes }: Definition): string[] {
  const rows: [string, string][] = [
    ['mode', `\`${refreshPolicy?.mode ?? 'lazy'}\``],
    ['why', refreshPolicy?.reason ?? ''],
    ['refreshed at least every', inWords(refreshPolicy?.keepAliveSeconds ?? null)],
    ['life of an access token', inWords(lifetimes.accessTokenSeconds)],
    ['life of a refresh token', lifeInWords(lifetimes)],
    ['a refresh brings a new refresh token', rotation.rotates],
    ['the old refresh token', replayInWords(rotation)],
    ['source', refreshPolicy?.source ? `<${refreshPolicy.source}>` : ''],
  ];
  const said = rows.filter(([, value]) => value !== '');
  return ['## Refresh policy', said.map(([name, value]) => `- ${name}: ${value}`).join('\n')];
}

const UNITS = [
  [86_400, 'days'],
  [3_600, 'hours'],
  [60, 'minutes'],
  [1, 'seconds'],
] as const;

function inWords(seconds: number | null): string {
  const unit = seconds === null ? undefined : UNITS.find(([size]) => seconds % size === 0 && seconds > size);
  return seconds === null || !unit ? '' : `${seconds / unit[0]} ${unit[1]}`;
}

function lifeInWords({ refreshTokenSeconds, refreshTokenEnd }: Definition['lifetimes']): string {
  if (refreshTokenSeconds === null) return '';
  return `${inWords(refreshTokenSeconds)} since ${refreshTokenEnd === 'idle' ? 'its last use' : 'the consent'}`;
}

function replayInWords({ rotates, replay, graceSeconds, endsAtFirstUse }: Definition['rotation']): string {
  switch (replay) {
    case 'stable':
      return rotates === 'never' ? 'stays good' : 'may be sent again';
    case 'grace':
      return `may be sent again for ${inWords(graceSeconds)}${endsAtFirstUse ? ', until the new access token is used' : ''}`;
    case 'untilFirstUse':
      return 'may be sent again until the new access token is used';
    case 'revokes':
      return 'ends the grant when it is sent again';
    default:
      return replay satisfies never;
  }
}

function renderVariant({ id, definition }: Variant): string[] {
  const { name, closes } = definition;
  const use = `\`extends: ${id}\` is ${name}.`;
  return [
    `## ${name}`,
    closes
      ? `${use} They close on ${closes.on}, and the log says so at each start. ${closes.instead ?? ''}`.trim()
      : use,
  ];
}

function renderFacts({ facts }: Definition): string[] {
  if (facts.length === 0) return [];
  const lines = facts.map(({ what, source, checked, confirmed }) => {
    return `- ${what} [Source](${source}), ${confirmed ? 'confirmed' : 'unconfirmed'}, ${checked}.`;
  });
  return ['## What this is built on', lines.join('\n')];
}
