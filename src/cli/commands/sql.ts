import { Command } from '@commander-js/extra-typings';
import { UsageError } from '../../errors/errors.js';
import type { AttachedFile } from '../../store/read-access.js';
import { nearestName } from '../options/nearest.js';
import { DEFAULT_DB } from './query.js';
import type { Terminal } from '../terminal/terminal.js';

const MODES = ['table', 'csv', 'json', 'markdown'] as const;
/** Rows of a table that a person is shown unless told; scripts get all. */
const SHOWN_ROWS = 200;

interface SqlOptions {
  readonly db: string;
  readonly command?: string;
  readonly attach: readonly AttachedFile[];
  readonly allowExternal?: true;
  readonly mode: string;
}

/** `heuristrace sql`: a shell on a database. */
export function sqlCommand(terminal: Terminal) {
  return new Command('sql')
    .description('a shell for SQL on a database, read-only; reads a script from standard input too')
    .option('--db <file>', 'database', DEFAULT_DB)
    .option('--command <sql>', 'run this and end: SQL, statements ended by semicolons, or a dot command')
    .option(
      '--attach <name=file>',
      'a file to read beside it: a DuckDB database (name.table), or CSV, JSON or Parquet (name); may be repeated',
      (value: string, before: readonly AttachedFile[]) => [...before, attached(value)],
      [] as readonly AttachedFile[],
    )
    .option('--allow-external', 'let SQL read and write any file and fetch from the network')
    .option('--mode <mode>', `how results are shown: ${MODES.join(', ')}`, 'table')
    .addHelpText(
      'after',
      `
The database is opened for each statement and closed after it, so that a sweep can go on storing results. Nothing
outside the database and the attached files can be read, and nothing is written, unless --allow-external is given.
In the shell, .help lists its commands.

Examples:
  heuristrace sql
  heuristrace sql --command "SELECT step, accuracy FROM accuracy LIMIT 5"
  heuristrace sql --mode csv < questions.sql > answers.csv
  heuristrace sql --attach other=their.duckdb --attach notes=notes.csv
`,
    )
    .action((options) => run(terminal, options));
}

async function run(terminal: Terminal, options: SqlOptions): Promise<void> {
  const mode = MODES.find((each) => each === options.mode);
  if (mode === undefined) {
    const near = nearestName(options.mode, MODES);
    throw new UsageError(
      `unknown mode '${options.mode}'`,
      `${near === undefined ? '' : `Did you mean '${near}'? `}Known: ${MODES.join(', ')}.`,
    );
  }
  const { stdin } = process;
  const isShell = options.command === undefined && stdin.isTTY;
  const external = options.allowExternal === true;
  const session = {
    ...{ db: options.db, mode, mostRows: isShell ? SHOWN_ROWS : 0, signal: undefined },
    access: options.attach.length > 0 || external ? { attach: options.attach, external } : null,
    out: (text: string) => {
      terminal.out(text);
    },
    note: (text: string) => {
      terminal.note(text);
    },
  };
  if (isShell) {
    const { runInteractive } = await import('../shell/interactive.js');
    terminal.note(`${options.db}, read-only. SQL ends with a semicolon; .help lists commands.`);
    await runInteractive(session, terminal, { input: stdin, output: process.stdout });
    return;
  }
  const { runScript } = await import('../shell/run-script.js');
  const { createInterface } = await import('node:readline');
  await runScript(
    session,
    options.command === undefined
      ? createInterface({ input: stdin, crlfDelay: Infinity })
      : options.command.split('\n'),
  );
}

function attached(value: string): AttachedFile {
  const at = value.indexOf('=');
  if (at < 1 || at === value.length - 1)
    throw new UsageError(`'${value}' attaches nothing`, 'Write --attach NAME=FILE.');
  return { name: value.slice(0, at), file: value.slice(at + 1) };
}
