/** What a crash test found, as a table and as a list of what must not be. Pure. */
import type { CrashReport, CrashStep } from './crash-test.js';

/** A kill here loses the answer for certain, where nothing may be sent twice. */
const losing: readonly CrashStep[] = ['request-sent', 'provider-committed', 'after-answer-before-journal'];

export function tableOf(reports: readonly CrashReport[]): string {
  const rows = reports.map((report) => [
    report.database,
    report.mode,
    report.kills,
    report.refreshes,
    report.alive,
    report.reported,
    report.silent.length + report.wronglyTold.length,
    share(report.reported, report.kills),
    report.mode === 'revokes' ? share(expectedLosses(report), report.kills) : '0',
  ]);
  const head = ['database', 'provider', 'kills', 'refreshes', 'alive', 'lost, told', 'untrue', 'lost a kill', 'theory'];
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

function line(cells: readonly unknown[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

/** One for each kill at a step that loses the answer, and at every kill whoever else is between the provider and our disk. */
function expectedLosses({ kills, killsByStep, exposedAtOnce }: CrashReport): number {
  const certain = losing.reduce((sum, step) => sum + (killsByStep.get(step) ?? 0), 0);
  return certain + kills * exposedAtOnce;
}

export function lossesOf({ database, mode, reported, silent, wronglyTold }: CrashReport): string[] {
  const place = `${database} ${mode}`;
  return [
    ...silent.map((facts) => `${place}: says it works and does not: ${facts}`),
    ...wronglyTold.map((facts) => `${place}: says what is not so: ${facts}`),
    ...(mode === 'revokes' || reported === 0 ? [] : [`${place}: ${reported} grants lost`]),
  ];
}

function share(part: number, whole: number): string {
  return (part / whole).toFixed(2);
}
