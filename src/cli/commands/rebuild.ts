import { Command } from '@commander-js/extra-typings';
import { printMerge } from './merge.js';
import type { Terminal } from '../terminal/terminal.js';

/** `heuristrace rebuild`: makes a database again from its spool. */
export function rebuildCommand(terminal: Terminal) {
  return new Command('rebuild')
    .description(
      'make a whole database again from spools; the old one is replaced when the new one is complete',
    )
    .requiredOption('--db <file>', 'database to make')
    .option('--spool <folder...>', 'spools to make it from (default: the one beside the database)')
    .option(
      '--force',
      'replace what is at --db also when it has more than the new one, or is no database of heuristrace',
    )
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
A database that has more than the spools give is kept, unless --force is given.

Examples:
  heuristrace rebuild --db heuristrace-out/embedded.duckdb
  heuristrace rebuild --db whole.duckdb --spool shard-1.spool shard-2.spool
`,
    )
    .action(async ({ db, spool, force, json }) => {
      const { rebuildDatabase } = await import('../../store/spool/rebuild-database.js');
      const { defaultSpool } = await import('../../store/spool/layout.js');
      const { programVersion } = await import('../../files/package.js');
      const spools = spool ?? [defaultSpool(db)];
      const { watchMerge } = await import('../work/watch-merge.js');
      const { refreshVerdicts } = await import('../work/perform-emergence.js');
      const outcome = await watchMerge(terminal, async (watched) => {
        const rebuilt = await rebuildDatabase({
          ...{ db, spools, programVersion: programVersion(), ...watched },
          force: force === true,
        });
        await refreshVerdicts(terminal, db);
        return rebuilt;
      });
      const { units, findings } = outcome.lost;
      if (units.length + findings.length > 0)
        terminal.note(`lost by --force: ${units.length} units, ${findings.length} findings of audits`);
      printMerge(terminal, db, outcome, json === true);
    });
}
