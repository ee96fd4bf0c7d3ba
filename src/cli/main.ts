#!/usr/bin/env node
import { CommanderError } from '@commander-js/extra-typings';
import { EXIT_CODES, HeuristraceError } from '../errors/errors.js';
import { buildProgram } from './program.js';
import { outliveLostOutput } from './terminal/lost-output.js';
import { processTerminal, type Terminal } from './terminal/terminal.js';

/** Says what ended the program. @returns the exit code (docs/cli.md lists them) */
function tell({ colors: { red, bold } }: Terminal, error: unknown): number {
  if (error instanceof HeuristraceError) {
    process.stderr.write(
      `${red(bold(error.kind === 'interrupted' ? 'stopped:' : 'error:'))} ${error.message}\n  ${error.next}\n`,
    );
    return error.exitCode;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `${red(bold('internal error:'))} ${detail}\n  This is a fault of heuristrace; please report it.\n`,
  );
  return EXIT_CODES.internal.code;
}

/** Runs the command line. @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const quiet = argv.includes('--quiet') || argv.includes('-q');
  const terminal = processTerminal({ quiet });
  outliveLostOutput((error) => {
    terminal.endProgress();
    return tell(terminal, error);
  });
  try {
    await buildProgram(terminal).parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    terminal.endProgress();
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage.code;
    return tell(terminal, error);
  }
}

process.exitCode = await main(process.argv.slice(2));
