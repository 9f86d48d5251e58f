/** Every check beside the tests, one after another; all run, whatever fails. `npm run check`. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const checks = [
  ['format', ['npx', 'prettier', '--check', '--log-level', 'warn', '.']],
  ['lint', ['npm', 'run', '--silent', 'lint']],
  ['types', ['npm', 'run', '--silent', 'typecheck']],
  ['build', ['npm', 'run', '--silent', 'build']],
  ['rooms and style', ['npx', 'vitest', 'run', 'test/rules', '--reporter=dot']],
  ['unused code', ['npx', 'knip', '--no-progress']],
  ['migrations match the entities', ['npx', 'vitest', 'run', 'test/migrations', '--reporter=dot']],
  ['schema is up to date', ['node', 'dist/src/cli/emit-schema.js', '--check']],
  ['generated docs are up to date', ['node', 'dist/src/cli/generate-docs.js', '--check']],
];

const folder = join('node_modules', '.cache');
const results = checks.map(([name, [command, ...words]]) => {
  const started = performance.now();
  const { status } = spawnSync(command, words, { stdio: 'inherit', shell: process.platform === 'win32' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return { name, ok: status === 0 };
});

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'latchkey-check.json'), JSON.stringify(results));
const failed = results.filter((result) => !result.ok);
console.log(failed.length === 0 ? 'All checks hold.' : `Failed: ${failed.map((result) => result.name).join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
