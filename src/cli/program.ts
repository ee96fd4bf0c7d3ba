import { Command } from '@commander-js/extra-typings';
import { EXIT_CODES } from '../errors/errors.js';
import { programVersion } from '../files/package.js';
import { auditCommand } from './commands/audit.js';
import { cacheCommand } from './commands/cache.js';
import { clusterCommand } from './commands/cluster.js';
import { demoCommand } from './commands/demo.js';
import { emergenceCommand } from './commands/emergence.js';
import { engineCommand } from './commands/engine.js';
import { explainCommand } from './commands/explain.js';
import { fetchCommand } from './commands/fetch.js';
import { mergeCommand } from './commands/merge.js';
import { planCommand } from './commands/plan.js';
import { queryCommand } from './commands/query.js';
import { rebuildCommand } from './commands/rebuild.js';
import { reportCommand } from './commands/report.js';
import { sqlCommand } from './commands/sql.js';
import { statusCommand } from './commands/status.js';
import { suitesCommand } from './commands/suites.js';
import { sweepCommand } from './commands/sweep.js';
import type { Terminal } from './terminal/terminal.js';
import { trainCommand } from './commands/train.js';

/** The whole command line. Commands import their work when they run, so that `--help` is instant. */
export function buildProgram(terminal: Terminal): Command {
  const program = new Command('heuristrace')
    .description('Watches a language model learn arithmetic, checkpoint by checkpoint.')
    .version(programVersion(), '-V, --version', 'print the version')
    .option('-q, --quiet', 'print results and errors only')
    .exitOverride()
    .showHelpAfterError('(add --help for the options)')
    .configureOutput({ writeOut: (text) => terminal.out(text) })
    .addHelpText('after', EXAMPLES + exitCodeHelp());
  const commands = [
    demoCommand,
    sweepCommand,
    planCommand,
    statusCommand,
    clusterCommand,
    mergeCommand,
    rebuildCommand,
    auditCommand,
    fetchCommand,
    cacheCommand,
    emergenceCommand,
    queryCommand,
    sqlCommand,
    explainCommand,
    reportCommand,
    trainCommand,
    suitesCommand,
    engineCommand,
  ];
  for (const make of commands) program.addCommand(make(terminal).exitOverride());
  return program;
}

const EXAMPLES = `
Examples:
  heuristrace demo                          sweep the shipped suite, write database and report
  heuristrace query                         list the questions that can be asked
  heuristrace query heuristic-counts --param operator=+ --param target=op1
  heuristrace query --sql "SELECT step, accuracy FROM accuracy LIMIT 5"
  heuristrace explain "47+38=" --step 1024   which heuristics vote on one prompt
  heuristrace report --db heuristrace-out/embedded.duckdb
  heuristrace train --out my-suite          grow a suite of your own
`;

function exitCodeHelp(): string {
  const rows = Object.values(EXIT_CODES).map(
    ({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`,
  );
  return `\nExit codes:\n    0  success\n${rows.join('\n')}\n`;
}
