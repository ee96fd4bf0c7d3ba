import { Command, Option } from '@commander-js/extra-typings';
import { UsageError } from '../../errors/errors.js';
import type { ReportFormat, WrittenReport } from '../../report/write-report.js';
import type { Terminal } from '../terminal/terminal.js';

/** Default place of a database's report: beside it. */
export function defaultReport(db: string, compares = false, format: ReportFormat = 'html'): string {
  return `${db.replace(/\.(duck)?db$/, '')}${compares ? '-compare' : ''}.${format}`;
}

interface ReportOptions {
  readonly db: string;
  readonly out?: string;
  readonly suite?: string;
  readonly compare?: readonly string[] | undefined;
  readonly definition?: string;
  readonly format?: ReportFormat;
  readonly figures?: string;
  readonly watch?: true;
  readonly json?: true;
}

/** `heuristrace report`: writes the trend report of a database, or one that compares runs. */
export function reportCommand(terminal: Terminal) {
  return new Command('report')
    .description('write the trend report of a database: one file that needs no network')
    .option('--db <file>', 'database', 'heuristrace-out/embedded.duckdb')
    .option('--out <file>', 'file to write (default: beside the database)')
    .option('--suite <name>', 'suite to report (default: the one with most finished work)')
    .option('--compare <run...>', 'compare suites, or seeds as SUITE@SEED, at the same training tokens')
    .option('--definition <folder>', "folder of the report's definition (default: a shipped one)")
    .addOption(
      new Option(
        '--format <format>',
        'html: a page with switches; md: text, its figures in a folder beside it; pdf: printed by the Chrome or Chromium on PATH, or by the program that HEURISTRACE_BROWSER names',
      )
        .choices(['html', 'md', 'pdf'] as const)
        .default('html' as const),
    )
    .option('--figures <folder>', 'also write each figure there, as SVG, PNG, CSV and SQL')
    .option('--watch', 'renew the page whenever the database has new results, until Ctrl-C')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
Examples:
  heuristrace report
  heuristrace report --db my.duckdb --out trend.html
  heuristrace report --db sizes.duckdb --compare pythia-70m pythia-160m
  heuristrace report --compare embedded@0 embedded@1
  heuristrace report --db my.duckdb --watch
  heuristrace report --format pdf --figures figures
`,
    )
    .action(async (options) => {
      const { checkOutput } = await import('../options/check-output.js');
      checkOutput('--out', options.out, options.db);
      const compare = comparedRuns(options);
      await (options.watch === true ? watch : performReport)(terminal, { ...options, compare });
    });
}

/** The runs of `--compare A B` or `--compare A,B`, each once. @throws UsageError */
function comparedRuns({ compare, suite }: ReportOptions): readonly string[] | undefined {
  if (compare === undefined) return undefined;
  if (suite !== undefined)
    throw new UsageError('--suite and --compare exclude each other', 'Name all suites after --compare.');
  const runs = [...new Set(compare.flatMap((each) => each.split(',')))].filter((run) => run !== '');
  if (runs.length < 2)
    throw new UsageError('--compare needs two runs or more', 'Write --compare A B, or --compare A@0 A@1.');
  return runs;
}

const outOf = ({ db, out, compare, format }: ReportOptions): string =>
  out ?? defaultReport(db, compare !== undefined, format);

async function write(terminal: Terminal, options: ReportOptions): Promise<WrittenReport> {
  const { writeReport } = await import('../../report/write-report.js');
  return writeReport({
    db: options.db,
    out: outOf(options),
    suite: options.suite,
    runs: options.compare,
    definition: options.definition,
    format: options.format,
    figures: options.figures,
    effects: { warn: (message) => terminal.note(`warning: ${message}`) },
  });
}

async function say(terminal: Terminal, { json }: ReportOptions, written: WrittenReport): Promise<string> {
  const path = await import('node:path');
  const short = `${path.relative('.', written.path)} (${(written.bytes / 1e6).toFixed(1)} MB)`;
  if (json === true) terminal.out(JSON.stringify(written));
  return short;
}

/** Writes a report and says where it is. @returns path of the file @throws what `writeReport` throws */
export async function performReport(terminal: Terminal, options: ReportOptions): Promise<string> {
  const { refreshVerdicts } = await import('../work/perform-emergence.js');
  await refreshVerdicts(terminal, options.db, options.suite);
  const written = await write(terminal, options);
  const short = await say(terminal, options, written);
  if (options.json !== true) terminal.note(`report: ${short}`);
  return written.path;
}

/** Renews a report until it is interrupted. @throws InterruptedError, and what `writeReport` throws */
async function watch(terminal: Terminal, options: ReportOptions): Promise<never> {
  const { interruptible } = await import('../terminal/interrupt.js');
  const { watchReport } = await import('../work/watch-report.js');
  const { refreshVerdicts } = await import('../work/perform-emergence.js');
  return interruptible(terminal, (signal) =>
    watchReport({
      db: options.db,
      signal,
      onWaiting: () => terminal.note(`waiting for ${options.db}, which does not exist yet`),
      settle: () => refreshVerdicts(terminal, options.db, options.suite),
      write: async () => {
        const short = await say(terminal, options, await write(terminal, options));
        terminal.note(`${new Date().toTimeString().slice(0, 8)} renewed: ${short}`);
      },
    }),
  );
}
