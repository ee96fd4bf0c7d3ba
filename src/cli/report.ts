import { Command } from '@commander-js/extra-typings';
import type { Terminal } from './terminal.js';

/** Default place of a database's report: beside it. */
export function defaultReport(db: string): string {
  return `${db.replace(/\.(duck)?db$/, '')}.html`;
}

interface ReportOptions {
  readonly db: string;
  readonly out?: string;
  readonly suite?: string;
  readonly definition?: string;
  readonly json?: true;
}

/** `heuristrace report`: writes the trend report of a database. */
export function reportCommand(terminal: Terminal) {
  return new Command('report')
    .description('write the trend report of a database: one HTML file that needs no network')
    .option('--db <file>', 'database', 'heuristrace-out/embedded.duckdb')
    .option('--out <file>', 'HTML file to write (default: beside the database)')
    .option('--suite <name>', 'suite to report (default: the one with most finished work)')
    .option('--definition <folder>', "folder of the report's definition (default: the shipped trend report)")
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  heuristrace report\n  heuristrace report --db my.duckdb --out trend.html\n',
    )
    .action(async (options) => {
      await performReport(terminal, options);
    });
}

/** Writes a report and says where it is. @returns path of the file @throws what `writeReport` throws */
export async function performReport(terminal: Terminal, options: ReportOptions): Promise<string> {
  const path = await import('node:path');
  const { writeReport } = await import('../report/write-report.js');
  const { refreshVerdicts } = await import('./perform-emergence.js');
  await refreshVerdicts(terminal, options.db, options.suite);
  const written = await writeReport({
    db: options.db,
    out: options.out ?? defaultReport(options.db),
    suite: options.suite,
    definition: options.definition,
    effects: { warn: (message) => terminal.note(`warning: ${message}`) },
  });
  if (options.json === true) terminal.out(JSON.stringify(written));
  else {
    terminal.note(`report: ${path.relative('.', written.path)} (${(written.bytes / 1e6).toFixed(1)} MB)`);
  }
  return written.path;
}
