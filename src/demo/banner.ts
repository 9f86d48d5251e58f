/** What the development start prints: what to open, who to be, and three operations that work when pasted. Pure; called
 *  by start.ts. Each operation stands as GraphQL, for the playground, and as a line for the shell. */
import { join } from 'node:path';
import type { DevFacts, HeaderFile } from './dev-file.js';
import { developmentCallers } from './development-tokens.js';
import { people } from './provider/people.js';

export interface BannerFacts extends DevFacts {
  /** The folder that holds dev.json and the header files. */
  readonly folder: string;
  readonly tookMs: number;
  /** Sentences for the developer, such as one about an old Node.js. */
  readonly notes: readonly string[];
  readonly look: 'plain' | 'coloured';
}

interface Trial {
  readonly title: string;
  readonly as: HeaderFile;
  readonly operation: string;
}

export function renderBanner(facts: BannerFacts): string {
  const { bold, faint } = looks[facts.look];
  const row = (name: string, value: string): string => `  ${faint(name.padEnd(14))} ${value}`;
  const { user, otherUser, admin } = facts.tokens;
  return [
    '',
    `  ${bold('Latchkey is ready')} ${faint(`after ${(facts.tookMs / 1000).toFixed(1)} s`)}`,
    '',
    row('Playground', bold(`${facts.url}/playground`)),
    row('GraphQL', `${facts.url}/graphql`),
    row('Demo provider', facts.demoProvider.url),
    ...people.map(({ name, login, password }) => row('', `${name}: ${login} / ${password}`)),
    '',
    `  ${bold('Tokens')} ${faint(`for 12 hours; also in ${join(facts.folder, 'dev.json')}`)}`,
    row('User', user),
    row('Other user', otherUser),
    row('Admin', admin),
    '',
    `  ${bold('Try')} ${faint('each in the playground, or the curl line in a shell')}`,
    ...trials(facts).flatMap((trial, at) => [
      '',
      `  ${at + 1}. ${trial.title}`,
      `     ${trial.operation}`,
      `     ${faint(curlLine(trial, facts))}`,
    ]),
    '',
    ...facts.notes.map((note) => `  ${note}`),
    `  ${faint('Ctrl-C ends the gateway and the demo provider.')}`,
    '',
  ].join('\n');
}

export function trials({ url, demoProvider }: Pick<BannerFacts, 'url' | 'demoProvider'>): Trial[] {
  const provider = `provider: "${demoProvider.id}"`;
  return [
    {
      title: 'Connect the demo provider as the user; then open authorizationUrl in your browser',
      as: 'as-user',
      operation: `mutation { startAuthorization(input: { ${provider}, returnTo: "${url}/playground" }) { authorizationUrl } }`,
    },
    {
      title: 'Read their data at the provider, as the user',
      as: 'as-user',
      operation: `{ me(${provider}) { name email avatarUrl account { id status expiresAt } } }`,
    },
    {
      title: 'Read the same as the admin, on their behalf, with a reason that they can see',
      as: 'as-admin',
      operation: `{ onBehalfOf(userId: "${developmentCallers.user.id}", reason: "Ticket 4711") { profile(${provider}) { ... on Profile { name email } ... on Problem { code message } } } }`,
    },
  ];
}

function curlLine({ as, operation }: Trial, { url, folder }: BannerFacts): string {
  const body = JSON.stringify({ query: operation });
  return `curl -s ${url}/graphql -H ${quote(`@${join(folder, as)}`)} -H 'content-type: application/json' -d ${quote(body)}`;
}

/** As one word of a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

type Paint = (text: string) => string;

const looks: Readonly<Record<BannerFacts['look'], { bold: Paint; faint: Paint }>> = {
  plain: { bold: (text) => text, faint: (text) => text },
  coloured: { bold: (text) => `\u001b[1m${text}\u001b[22m`, faint: (text) => `\u001b[2m${text}\u001b[22m` },
};
