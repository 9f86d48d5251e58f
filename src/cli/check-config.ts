/** latchkey config check: reads all that the gateway would read at its start and tells every fault, without starting. */
import { nameDatabase } from '../config/read-database.js';
import { readDeployment, type DeploymentSources } from '../deployment.js';
import { assertKeyringSuits } from '../vault/keyring-check.js';
import { valueOrFaults } from './report-faults.js';

export interface CheckConfigParts {
  readonly sources: DeploymentSources;
  readonly write: (text: string) => void;
}

/** Throws StartFault with every fault. */
export function checkConfig({ sources, write }: CheckConfigParts): void {
  const { config, catalogue, keyring } = valueOrFaults(readDeployment(sources));
  assertKeyringSuits(config.mode, keyring);
  const providers = catalogue.list().map(({ id }) => id);
  write(
    [
      `The configuration holds (${config.mode}).`,
      `  public URL  ${config.server.publicUrl}`,
      `  listens on  ${config.server.host}:${config.server.port}`,
      `  database    ${nameDatabase(config.database)}`,
      `  callers     JWTs of ${config.callers.issuer}, signed with ${config.callers.algorithms.join(', ')}`,
      `  providers   ${providers.length === 0 ? 'none' : providers.join(', ')}`,
      '',
    ].join('\n'),
  );
}
