/** What a run found, as data: the JSON that is written, from which the table and the chart are drawn. Pure; called by
 *  run.ts. Figures stand beside the ratios for orientation; they are this machine's and are judged by nobody. */
import { medianFigures, ratioTo, type Figures, type Sample } from './figures.js';
import type { Subject } from './subjects.js';

export interface Report {
  readonly startedAt: string;
  readonly machine: string;
  readonly rounds: number;
  readonly secondsPerStretch: number;
  readonly rows: readonly Row[];
  readonly goals: readonly Goal[];
}

export interface Row {
  readonly subject: string;
  readonly name: string;
  readonly part: Subject['part'];
  readonly connections: number;
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
  readonly levels: readonly number[];
  readonly samples: readonly Sample[];
}

export const minShareOfWithoutVault = 0.85;
const maxRssMiB = 150;

export function reportOf({ subjects, levels, samples, ...facts }: RunFacts): Report {
  const references = {
    'without-vault': idOf(subjects, 'without-vault'),
    'pass-through': idOf(subjects, 'pass-through'),
  };
  const rows = levels.flatMap((connections) =>
    subjects.map(({ id, name, part }): Row => {
      const place = { subject: id, connections };
      const share = (of: keyof typeof references, figure: keyof Figures): number =>
        ratioTo(references[of], samples, { place, figure });
      return {
        subject: id,
        name,
        part,
        connections,
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
  return rows
    .filter(({ part }) => part === 'measured')
    .flatMap(({ name, connections, ofWithoutVault, figures }) => [
      {
        goal: `${name}, ${connections} connections: ${ofWithoutVault.toFixed(2)} of (a), at least ${minShareOfWithoutVault}`,
        isHeld: ofWithoutVault >= minShareOfWithoutVault,
      },
      {
        goal: `${name}, ${connections} connections: ${figures.rssMiB.toFixed(0)} MiB, less than ${maxRssMiB}`,
        isHeld: figures.rssMiB < maxRssMiB,
      },
      {
        goal: `${name}, ${connections} connections: ${figures.statementsPerRequest.toFixed(3)} statements a request, of them ${figures.writesPerRequest.toFixed(3)} writes; one and none but for the coalesced use`,
        isHeld: figures.statementsPerRequest - figures.writesPerRequest < 1.05 && figures.writesPerRequest < 0.1,
      },
    ]);
}
