/** Runs every simulation that docs/policies.md shows and puts what it printed below its command: a block ```sh of one line
 *  `npm run simulate -- ...`, then a block ```text. Run by `npm run docs:policies`, by hand: it takes minutes. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const page = 'docs/policies.md';
const shown = /(```sh\nnpm run simulate -- ([^\n]+)\n```\n\n```text\n)[\s\S]*?(```)/g;

const filled = readFileSync(page, 'utf8').replaceAll(shown, (_, before, words, after) => {
  const command = ['dist/src/cli/latchkey.js', 'simulate', ...words.split(' ')];
  const { status, stdout } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`simulate ${words} ended with ${status}.`);
  return `${before}${stdout}${after}`;
});
writeFileSync(page, filled);
