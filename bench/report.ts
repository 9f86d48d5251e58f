/** What a run found, as data: the JSON that is written, from which the table and the chart are drawn. Pure; called by
 *  run.ts. Figures stand beside the ratios for orientation; they are this machine's and are judged by nobody. */
import { medianFigures, ratioTo, type Figures, type Sample } from './figures.js';
import { isWarm, nameOf, type Level } from './levels.js';
import type { Subject } from './subjects.js';

export interface Report {
  readonly startedAt: string;
  readonly machine: string;
  readonly rounds: number;
  readonly secondsPerStretch: number;
  readonly rows: readonly Row[];
  readonly goals: readonly Goal[];
}

export interface Row extends Level {
  readonly subject: string;
  readonly name: string;
  readonly part: Subject['part'];
  readonly figures: Figures;
  /** Shares of the throughput of (a) and (b), and of the CPU time of a request of (a). */
  readonly ofWithoutVault: number;
  readonly ofPassThrough: number;
  readonly cpuOfWithoutVault: number;
}

export interface Goal {
  readonly goal: string;
  readonly isHeld: boolean;
}

export interface RunFacts extends Pick<Report, 'startedAt' | 'machine' | 'rounds' | 'secondsPerStretch'> {
  readonly subjects: readonly Subject[];
  readonly levels: readonly Level[];
  readonly samples: readonly Sample[];
}

export const minShareOfWithoutVault = 0.85;
const maxRssMiB = 150;

export function reportOf({ subjects, levels, samples, ...facts }: RunFacts): Report {
  const references = {
    'without-vault': idOf(subjects, 'without-vault'),
    'pass-through': idOf(subjects, 'pass-through'),
  };
  const rows = levels.flatMap((level) =>
    subjects.map(({ id, name, part }): Row => {
      const place = { ...level, subject: id };
      const share = (of: keyof typeof references, figure: keyof Figures): number =>
        ratioTo(references[of], samples, { place, figure });
      return {
        subject: id,
        name,
        part,
        ...level,
        figures: medianFigures(samples, place),
        ofWithoutVault: share('without-vault', 'requestsPerSecond'),
        ofPassThrough: share('pass-through', 'requestsPerSecond'),
        cpuOfWithoutVault: share('without-vault', 'cpuMicrosPerRequest'),
      };
    }),
  );
  return { ...facts, rows, goals: goalsOf(rows) };
}

function idOf(subjects: readonly Subject[], part: Subject['part']): string {
  const found = subjects.find((subject) => subject.part === part);
  if (!found) throw new Error(`The bench has no subject "${part}".`);
  return found.id;
}

function goalsOf(rows: readonly Row[]): Goal[] {
  const judged = rows.filter(({ part }) => part === 'measured');
  return [...judged.flatMap(speedGoalsOf), ...judged.flatMap(costGoalsOf)];
}

/** Judged is who asks often; what a first read costs stands in the table. */
function speedGoalsOf(row: Row): Goal[] {
  if (!isWarm(row)) return [];
  const share = row.ofWithoutVault;
  const goal = `${placeOf(row)}: ${share.toFixed(2)} of (a), at least ${minShareOfWithoutVault}`;
  return [{ goal, isHeld: share >= minShareOfWithoutVault }];
}

function costGoalsOf(row: Row): Goal[] {
  const { rssMiB, statementsPerRequest, writesPerRequest } = row.figures;
  const reads = statementsPerRequest - writesPerRequest;
  return [
    { goal: `${placeOf(row)}: ${rssMiB.toFixed(0)} MiB, less than ${maxRssMiB}`, isHeld: rssMiB < maxRssMiB },
    { goal: `${placeOf(row)}: ${reads.toFixed(3)} reads a request, one at most`, isHeld: reads < 1.05 },
    ...(isWarm(row)
      ? [
          {
            goal: `${placeOf(row)}: ${writesPerRequest.toFixed(3)} writes a request, none but the use, once a minute`,
            isHeld: writesPerRequest < 0.1,
          },
        ]
      : []),
  ];
}

function placeOf(row: Row): string {
  return `${row.name}, ${nameOf(row)}`;
}
