/** Checks the placeholders of a definition: that something gives each, in time for the place where it stands, and that none
 *  can choose a host that no rule covers. Called by read-definition.ts; returns all faults. */
import type { ConfigFault } from '../config/fault.js';
import { Secret } from '../secret.js';
import { fixedSuffixOf, hasOpenHost } from './address-template.js';
import { buildTemplate } from './build-provider.js';
import type { Definition } from './definition.js';
import { fillPlace, openNames } from './fill-provider.js';
import type { ProviderClient } from './provider.js';
import { mapTemplates, STAGES, type Place, type Stage } from './templates.js';

/** `place` names a key of the file in a fault's path. */
export function checkTemplates(definition: Definition, place: (key: string) => string): ConfigFault[] {
  const faults = new Map<string, ConfigFault>();
  const add: Add = (key, fault, mend) => void faults.set(`${key} ${fault}`, { path: place(key), fault, mend });
  const used = new Set<string>();
  const known = stagesOf(definition);
  // Whose client it is changes no place.
  const template = buildTemplate('any', definition, standIn(definition));
  mapTemplates(template, (text, where) => {
    const names = openNames(text, where);
    names.forEach((name) => used.add(name));
    names.forEach((name) => checkName(name, where, { definition, known, add }));
    if (where.kind === 'address') checkAddress(text, where, { definition, add });
    const isFixed = names.length > 0 && names.every((name) => isGiven(name, definition));
    const values = { ...definition.values, clientId: 'id' };
    if (isFixed && fillPlace(text, { place: where, values, provider: template }) === null) add(where.path, ...UNFIT);
    return text;
  });
  checkGivers(definition, add);
  for (const name of Object.keys(definition.values)) {
    if (!used.has(name) && !isAsked(name, definition)) add(`values.${name}`, ...UNUSED);
  }
  return [...faults.values()];
}

type Add = (key: string, fault: string, mend: string) => void;

interface Check {
  readonly definition: Definition;
  readonly add: Add;
}

const UNFIT = [
  'cannot be filled with the values given',
  'Give a name where a host or a path has one, https://host where a placeholder stands for both, and a host that "hosts" lists.',
] as const;
const UNUSED = ['fills no placeholder', 'Correct its spelling, or remove it.'] as const;

function checkName(name: string, where: Place, { definition, known, add }: Check & { known: Stages }): void {
  const wanted = definition.registration?.values.find((one) => one.name === name);
  const stage = known.get(name);
  if (stage === undefined && wanted) {
    add(
      `values.${name}`,
      'is missing',
      `Give it in your file, as in values: { ${name}: ${wanted.example} }. ${wanted.description}`,
    );
  } else if (stage === undefined) {
    const mend = 'Give it by parameters, values or keep; a brace that begins no placeholder needs a space after it.';
    add(where.path, `has the placeholder {${name}}, which nothing gives`, mend);
  } else if (STAGES.indexOf(stage) > STAGES.indexOf(where.stage)) {
    const fault = `has the placeholder {${name}}, which is not known yet when this is used`;
    add(where.path, fault, `keep.${stage} gives it later. Take it from an earlier answer.`);
  } else if (isOptional(name, definition)) {
    const fault = `has the placeholder {${name}}, which a user may leave out`;
    add(where.path, fault, `Make the parameter required, or give its default: values: { ${name}: ... }.`);
  }
}

function checkAddress(text: string, where: Place, { definition, add }: Check): void {
  if (/[{}]/.test(text.replace(/\{[a-z][A-Za-z0-9]*\}/g, ''))) {
    add(
      where.path,
      'has a brace that belongs to no placeholder',
      'Write {name}: a small letter, then letters and digits.',
    );
  }
  const isChosen = hasOpenHost(text) && fixedSuffixOf(text) === null;
  if (isChosen && definition.hosts.length === 0) {
    const fault = 'lets a value choose any host, and with it who gets the client’s secret';
    add(where.path, fault, 'List the hosts it may be, or a suffix such as .example.com, in hosts.');
  }
}

/** One name, one giver; but a value may be the default of a parameter. */
function checkGivers({ parameters, values, keep, callback }: Definition, add: Add): void {
  const givers = [
    ...parameters.map(({ name }, index) => ({ name, key: `parameters[${index}].name` })),
    ...(['callback', 'answer', 'me'] as const).flatMap((from) =>
      Object.keys(keep[from]).map((name) => ({ name, key: `keep.${from}.${name}` })),
    ),
  ];
  for (const [name, parameter] of Object.entries(keep.callback)) {
    const mend = 'Remove it. Where the token request has to hold the state, {state} stands for it in token.add.';
    const isSecret = [callback.code, callback.state].includes(parameter);
    if (isSecret) add(`keep.callback.${name}`, 'would keep what is secret and good for once', mend);
  }
  const seen = new Set(['clientId', 'clientSecret', 'accessToken', 'state']);
  for (const { name, key } of givers) {
    const isValue = Object.hasOwn(values, name) && key.startsWith('keep.');
    if (seen.has(name) || isValue) add(key, 'is given elsewhere too', 'Give it another name.');
    seen.add(name);
  }
  for (const [index, { name, pattern, example }] of parameters.entries()) {
    if (pattern === undefined || !isPattern(pattern)) continue;
    const fits = (value: string | undefined): boolean =>
      value === undefined || new RegExp(`^(?:${pattern})$`, 'u').test(value);
    if (!fits(example)) add(`parameters[${index}].example`, 'does not fit the pattern', 'Change one of the two.');
    if (!fits(values[name]))
      add(`values.${name}`, 'does not fit the pattern of its parameter', 'Change one of the two.');
  }
}

type Stages = ReadonlyMap<string, Stage>;

/** From which stage on each name is known. */
function stagesOf({ values, parameters, keep }: Definition): Stages {
  const atStart = ['clientId', ...Object.keys(values), ...parameters.map(({ name }) => name)];
  const later = (['callback', 'answer', 'me'] as const).flatMap((stage) =>
    Object.keys(keep[stage]).map((name) => [name, stage] as const),
  );
  return new Map<string, Stage>([...atStart.map((name) => [name, 'start'] as const), ...later]);
}

function isAsked(name: string, { parameters }: Definition): boolean {
  return parameters.some((one) => one.name === name);
}

function isOptional(name: string, { parameters, values }: Definition): boolean {
  return parameters.some((one) => one.name === name && !one.required) && !Object.hasOwn(values, name);
}

/** The same for every account. */
function isGiven(name: string, definition: Definition): boolean {
  return name === 'clientId' || (Object.hasOwn(definition.values, name) && !isAsked(name, definition));
}

export function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

function standIn({ clientKey, signedSecret }: Definition): ProviderClient {
  if (!clientKey && !signedSecret) return { authentication: 'none', id: 'any' };
  const { issuer = '', audience = '', lifetimeSeconds = 0 } = signedSecret ?? {};
  const key = { id: 'any', privateKeyPem: Secret.of(''), algorithm: 'ES256', keyId: clientKey?.id ?? null };
  return { authentication: 'signed_secret', ...key, issuer, audience, lifetimeSeconds };
}
