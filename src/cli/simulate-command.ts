/** The words of `latchkey simulate` and how its options are read. Called by run-command; simulate.ts does the work. */
import { InvalidArgumentError, type Command } from 'commander';
import { readLength, readMix, readOutage } from './simulation-options.js';
import { simulate, type SimulateOptions, type SimulateParts } from './simulate.js';

export function addSimulateCommand(program: Command, parts: SimulateParts): void {
  program
    .command('simulate')
    .description('what refresh policies cost for a provider and its users, on a virtual clock (docs/policies.md)')
    .option(
      '--provider <id or file>',
      'take the lifetimes and the policy of a shipped definition, or of a file of yours',
    )
    .option(
      '--policy <name or file>',
      'a policy to show, instead of all: a name or a file of your own; repeatable',
      gather,
    )
    .option('--accounts <number>', 'accounts, up to 1,000,000', whole(1, 1_000_000), 10_000)
    .option('--days <number>', 'days, up to 1100', whole(1, 1100), 30)
    .option('--users <mix>', 'how they are used, such as daily=60,weekly=30,gone=10', parse(readMix))
    .option('--seed <number>', 'of the chances', whole(0, 0x7fff_ffff), 1)
    .option('--lifetime <time>', "the access tokens' life: 90s, 30m, 6h, 1d, or none", parse(lengthOrNone))
    .option('--refresh-lifetime <time>', "the refresh tokens' life unused: 60d, or none", parse(lengthOrNone))
    .option('--unstated', 'the provider tells nobody that its refresh tokens end, so Latchkey does not know')
    .option('--limit <number>', 'token requests a second that the provider answers', whole(1, 1_000_000))
    .option('--budget <number>', 'background refreshes a second that Latchkey sends', amount)
    .option('--outage <from+length>', 'the provider is down, such as 2d+4h; repeatable', gatherOutages)
    .option('--lost-answers <share>', "share of the provider's answers that never arrive, 0 to 1", share, 0)
    .option('--connect-within <time>', 'accounts are connected within so long', parse(readLength), 86_400_000)
    .option('--events <number>', 'simulate a sample where a policy would take more', whole(1000, 1e10), 1_500_000)
    .option('--json', 'write JSON to standard output')
    .option('--out <file>', 'draw an SVG chart into this file')
    .action((options: SimulateOptions) => simulate(options, parts));
}

type Read<T> = (text: string) => T;

/** The parsers throw a sentence; commander names the option. */
function parse<T>(read: Read<T>): Read<T> {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : 'It cannot be read.');
    }
  };
}

function whole(least: number, most: number): Read<number> {
  return parse((text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new Error(`Give a whole number from ${least} to ${most}.`);
  });
}

const amount = parse((text) => {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error('Give a number above 0.');
});

const share = parse((text) => {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  throw new Error('Give a number from 0 to 1.');
});

function lengthOrNone(text: string): number | null {
  return text === 'none' ? null : readLength(text);
}

function gather(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function gatherOutages(text: string, before: SimulateOptions['outage'] = []): SimulateOptions['outage'] {
  return [...before, parse(readOutage)(text)];
}
