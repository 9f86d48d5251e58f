/** Where commands read the configuration from: this process's environment and the file system. */
import { readdirSync, readFileSync } from 'node:fs';
import type { DeploymentSources } from '../deployment.js';

export function processSources(): DeploymentSources {
  return {
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    readFolder: (path) => readdirSync(path),
  };
}
