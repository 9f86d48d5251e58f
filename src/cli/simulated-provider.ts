/** The provider that a simulation is about: a definition that is shipped, a file of the operator's, or none. Called by
 *  simulate.ts. Needs no registration at the provider, and reads no secret. */
import { basename } from 'node:path';
import { parse } from 'yaml';
import type { SettingSource } from '../config/secret-setting.js';
import { StartFault } from '../config/start-fault.js';
import { barePolicy } from '../providers/bare-policy.js';
import { buildProvider } from '../providers/build-provider.js';
import type { Lifetimes, Rotation } from '../providers/dialect.js';
import type { RefreshPolicy } from '../providers/provider.js';
import { readDefinition } from '../providers/read-definition.js';
import { readShippedDefinition, shippedIds } from '../providers/shipped-definitions.js';
import { valueOrFaults } from './report-faults.js';

export interface SimulatedDefinition {
  readonly name: string;
  readonly rotation: Rotation;
  readonly lifetimes: Lifetimes;
  readonly refreshPolicy: RefreshPolicy;
}

/** `named`: an id, a path that ends in .yaml, or null for a provider of which nothing is known. Throws StartFault. */
export function readSimulatedProvider(named: string | null, source: SettingSource): SimulatedDefinition {
  if (named === null) return unknownProvider;
  if (named.endsWith('.yaml')) return build(named, readText(named, source));
  const shipped = readShippedDefinition(named);
  if (shipped !== null) return build(`${named}.yaml`, shipped);
  throw new StartFault(
    `There is no definition "${named}". Take one of ${shippedIds().join(', ')}, or name a file that ends in .yaml.`,
  );
}

/** A file that holds what stands under refreshPolicy in a provider's file. Throws StartFault. */
export function readPolicyFile(file: string, source: SettingSource): RefreshPolicy {
  const definition = { ...emptyDefinition, refreshPolicy: readYaml(file, readText(file, source)) };
  return build(file, JSON.stringify(definition)).refreshPolicy; // JSON is YAML
}

const unknownProvider: SimulatedDefinition = {
  name: 'A provider of which nothing is known',
  rotation: { rotates: 'unknown', replay: 'revokes', graceSeconds: null, endsAtFirstUse: false },
  lifetimes: { accessTokenSeconds: null, refreshTokenSeconds: null, refreshTokenEnd: 'idle' },
  refreshPolicy: barePolicy('LAZY'),
};

const emptyDefinition = {
  name: 'policy',
  endpoints: {
    authorize: 'https://simulated.example/authorize',
    token: 'https://simulated.example/token',
    userinfo: 'https://simulated.example/userinfo',
  },
  scopes: ['none'],
};

function build(file: string, text: string): SimulatedDefinition {
  const source = { file, text, mode: 'development', readShipped: readShippedDefinition } as const;
  const definition = valueOrFaults(readDefinition(source));
  return buildProvider(basename(file, '.yaml'), definition, { authentication: 'none', id: 'simulated' });
}

function readText(file: string, { readFile }: SettingSource): string {
  try {
    return readFile(file);
  } catch (error) {
    throw new StartFault(`${file} cannot be read; check its name and rights.`, { cause: error });
  }
}

function readYaml(file: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new StartFault(`${file} is not valid YAML.`, { cause: error });
  }
}
