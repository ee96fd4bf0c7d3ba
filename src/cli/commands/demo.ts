import { Command } from '@commander-js/extra-typings';
import { performReport } from './report.js';
import type { Terminal } from '../terminal/terminal.js';

/** `heuristrace demo`: the whole chain on the shipped suite. */
export function demoCommand(terminal: Terminal) {
  return new Command('demo')
    .description('sweep the shipped suite, write database and report: the whole chain in a few minutes')
    .option('--out <folder>', 'folder of database and report', 'heuristrace-out')
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', '\nExamples:\n  heuristrace demo\n  heuristrace demo --out /tmp/first-look\n')
    .action(async (options) => {
      const path = await import('node:path');
      const { performSweep } = await import('../work/perform-sweep.js');
      const json = options.json === true;
      const db = path.join(options.out, 'embedded.duckdb');
      // One engine, so that the demo says the same everywhere.
      const given = { source: 'the demo', settings: { suite: 'embedded', db, engine: 'wasm' } };
      const { outcome } = await performSweep(terminal, given, { json: false, silent: json });
      const report = await performReport(terminal, { db });
      if (json)
        terminal.out(JSON.stringify({ ...outcome, seconds: Object.fromEntries(outcome.seconds), report }));
      else
        terminal.note(
          `\nOpen the report in a browser; ask the database with\n  npx heuristrace query --db ${db}\n  npx heuristrace query half-of-the-final --db ${db}`,
        );
    });
}
